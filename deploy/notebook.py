"""Keeps the record of a home's stack up to date, and reads it for others."""

import os
from contextlib import suppress

from deploy import record
from deploy.home import Home
from deploy.identity import Identity, boot
from deploy.record import PartRecord, StackRecord


class Notebook:
    """The file stack.json of one home. Only the supervisor writes; anybody reads."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mine: StackRecord | None = None

    @property
    def current_phase(self) -> str:
        return self._mine.phase if self._mine else "down"

    def open(self, port_base: int, addresses: dict[str, str]) -> None:
        me = Identity.of(os.getpid())
        assert me is not None
        self._mine = StackRecord(boot(), me, port_base, "starting", addresses)
        self._write()

    def phase(self, phase: str) -> None:
        if self._mine is not None:
            self._mine.phase = phase
            self._write_if_possible()

    def parts(self, parts: list[PartRecord]) -> None:
        if self._mine is not None:
            self._mine.parts = parts
            self._write_if_possible()

    def close(self) -> None:
        self._mine = None
        self._home.record.unlink(missing_ok=True)

    def read(self) -> StackRecord | None:
        return record.read(self._home.record)

    def running_base(self) -> int | None:
        """The port base of the stack that runs in this home now."""
        found = self.read()
        return found.port_base if found and found.supervisor.alive() else None

    def _write_if_possible(self) -> None:
        """Nothing stops running, or being stopped, because the disk is full."""
        with suppress(OSError):
            self._write()

    def _write(self) -> None:
        if self._mine is not None:
            record.write(self._home.record, self._mine)
