"""Processes told apart for certain: a pid alone may have been handed out again."""

import os
import signal
import time
from pathlib import Path

import msgspec

_KILL_TIMEOUT = 5.0


def boot() -> str:
    """Names the time since the machine started, in which alone numbers of processes say who."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Identity(msgspec.Struct, frozen=True):
    """One process: its pid and its start, in clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process with this pid now; None when there is none, or only a zombie."""
        fields = _stat(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return cls(pid, int(fields[19]))

    def alive(self) -> bool:
        return Identity.of(self.pid) == self

    def members(self) -> list[int]:
        """The living processes of the session that this process leads or led.

        The kernel keeps the number from being reused while the session has members.
        """
        leader = Identity.of(self.pid)
        if leader is not None and leader != self:
            return []
        return [pid for pid in _pids() if (stat := _stat(pid)) and _is_member(stat, self.pid)]


def end_sessions(leaders: dict[Identity, signal.Signals], timeout: float) -> None:
    """Stop whole sessions: the signal to each leader, wait (seconds, together), then SIGKILL.

    Blocking; for leftovers that no supervisor watches any more.
    """
    for leader, stop_signal in leaders.items():
        for pid in [leader.pid] if leader.alive() else leader.members():
            _send(pid, stop_signal)
    if not wait_until_gone(list(leaders), timeout):
        kill_sessions(list(leaders), _KILL_TIMEOUT)


def kill_sessions(leaders: list[Identity], timeout: float) -> bool:
    """SIGKILL, again to those who were born meanwhile; whether all are empty. Blocking."""
    end = time.monotonic() + timeout
    while members := [pid for leader in leaders for pid in leader.members()]:
        if time.monotonic() > end:
            return False
        for pid in members:
            _send(pid, signal.SIGKILL)
        time.sleep(0.02)
    return True


def wait_until_gone(leaders: list[Identity], timeout: float) -> bool:
    """Whether all sessions were empty within `timeout` seconds. Blocking."""
    end = time.monotonic() + timeout
    while any(leader.members() for leader in leaders):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    _, _, fields = stat.rpartition(b")")  # a name may be cut within a character
    return fields.decode("ascii").split()


def _is_member(stat: list[str], session: int) -> bool:
    return int(stat[3]) == session and stat[0] not in "ZX"
