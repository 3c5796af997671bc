"""What a stack notes down for the commands that come later."""

import os
from pathlib import Path

import msgspec

from deploy.identity import Identity, boot


class PartRecord(msgspec.Struct):
    """One part as its supervisor last saw it. `state` is starting, ready, restarting, stopped."""

    name: str
    address: str
    state: str
    identity: Identity | None = None
    stop_signal: int = 15
    restarts: int = 0
    last_exit: str = ""
    ready_seconds: float = 0.0


class StackRecord(msgspec.Struct):
    """One stack: its supervisor, its port base, its parts. `phase`: starting, ready, stopping."""

    boot: str
    supervisor: Identity
    port_base: int
    phase: str
    addresses: dict[str, str]
    parts: list[PartRecord] = []


def read(path: Path) -> StackRecord | None:
    """The record, or None when there is none or it is from another version or boot."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=StackRecord)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
    return found if found.boot == boot() else None


def write(path: Path, record: StackRecord) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
    fresh.replace(path)
