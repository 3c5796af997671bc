"""One running process of a part: started, watched until it answers, stopped for certain."""

import asyncio
import os
import signal
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from deploy.account import unprivileged_prefix
from deploy.failure import StackError
from deploy.identity import Identity, kill_sessions, wait_until_gone
from deploy.part import Part, Probe
from deploy.tasks import cancel_all

NEEDED = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
    *("LD_LIBRARY_PATH", "JAVA_TOOL_OPTIONS"),
}
"""What a server gets of the supervisor's environment, beside `LC_…`."""

_LOG_LIMIT = 16 << 20
_PROBE_TIMEOUT = 3.0
_KILL_TIMEOUT = 10.0
_TAIL_LINES = 15


class Child:
    """A process in a session of its own, told by the kernel to stop when its parent dies.

    That signal follows the thread that called `spawn`: spawn from the main thread.
    """

    def __init__(self, part: Part, process: asyncio.subprocess.Process, log: Path) -> None:
        self.part = part
        self.log = log
        self.identity = Identity.of(process.pid) or Identity(process.pid, 0)
        self._process = process

    @classmethod
    async def spawn(cls, part: Part, log: Path) -> "Child":
        _rotate(log)
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *_argv(part),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=part.cwd,
                    env=_environment(part),
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{part.name} cannot be started: {error}") from error
        return cls(part, process, log)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def exited(self) -> str:
        """Wait for the end; 'exit code 1' or 'SIGKILL'."""
        code = await self._process.wait()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    async def ready(self) -> float:
        """Seconds until the part answered; StackError when it ended or its time ran out."""
        started = time.monotonic()
        if self.part.ready is None:
            return 0.0
        answers = asyncio.ensure_future(
            wait_for_answer(self.part.ready, self.part.start_timeout, self.part.name)
        )
        ended = asyncio.ensure_future(self.exited())
        try:
            await asyncio.wait({answers, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not answers.done():
                raise StackError(f"{self.part.name} ended with {ended.result()}")
            answers.result()
        except StackError as error:
            raise StackError(f"{error}; the end of {self.log}:\n{tail(self.log)}") from None
        finally:
            await cancel_all([answers, ended])
        return time.monotonic() - started

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if self.running:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self) -> None:
        """The part's stop signal, a bounded wait, then SIGKILL for what is left of its session."""
        self.send_signal(self.part.stop_signal)
        end = time.monotonic() + self.part.stop_timeout
        with suppress(TimeoutError):
            async with asyncio.timeout(self.part.stop_timeout):
                await self._process.wait()
        left = end - time.monotonic()
        await asyncio.to_thread(wait_until_gone, [self.identity], max(left, 0))
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the whole session; returns when it is gone, so that its ports are free."""
        await asyncio.to_thread(kill_sessions, [self.identity], _KILL_TIMEOUT)
        async with asyncio.timeout(_KILL_TIMEOUT):
            await self._process.wait()


async def wait_for_answer(probe: Probe, timeout: float, name: str) -> None:
    """Ask until it answers; StackError with the last reason after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        try:
            await ask(probe)
        except StackError as error:
            if time.monotonic() >= end:
                raise StackError(f"{name} does not answer after {timeout:.0f} s: {error}") from None
            await asyncio.sleep(0.1)
        else:
            return


async def ask(probe: Probe) -> None:
    """Ask once, within 3 seconds; StackError with a one-line reason when there is no answer."""
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT):
            await probe()
    except TimeoutError:
        raise StackError("no answer in time") from None
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise StackError(reason[:200]) from error


def tail(log: Path) -> str:
    """The last lines of a log, each indented by two spaces."""
    try:
        with log.open(errors="replace") as text:
            return "\n".join(f"  {line.rstrip()}" for line in deque(text, _TAIL_LINES))
    except FileNotFoundError:
        return "  (no log)"


def _argv(part: Part) -> tuple[str, ...]:
    account = unprivileged_prefix(*part.reaches) if part.reaches else ()
    name = part.stop_signal.name.removeprefix("SIG")
    return (*account, "setpriv", "--pdeathsig", name, "--", *part.argv)


def _environment(part: Part) -> dict[str, str]:
    """Servers do without what is for our own parts: secrets may be among it."""
    given = dict(os.environ)
    if part.reaches:
        given = {name: given[name] for name in given if name in NEEDED or name.startswith("LC_")}
    return given | dict(part.env)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
