"""Runs parts: in order, restarted when they die, stopped in the opposite order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from graphlib import CycleError, TopologicalSorter

from deploy.child import Child
from deploy.failure import StackError
from deploy.home import Home
from deploy.part import Part
from deploy.ports import is_free
from deploy.record import PartRecord
from deploy.tasks import cancel_all

_IN_GOOD_ORDER = "exit code 0"
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
"""Seconds of life after which a part's next death counts as its first again."""


class _Slot:
    def __init__(self, part: Part) -> None:
        self.part = part
        self.record = PartRecord(part.name, part.address, "stopped", stop_signal=part.stop_signal)
        self.child: Child | None = None
        self.watch: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()


class Supervisor:
    """The parts of one stack. `report` shows a line, `changed` is told that a record changed."""

    def __init__(
        self, home: Home, report: Callable[[str], None], changed: Callable[[], None]
    ) -> None:
        self._home = home
        self._report = report
        self._changed = changed
        self._slots: dict[str, _Slot] = {}

    @property
    def records(self) -> list[PartRecord]:
        return [slot.record for slot in self._slots.values()]

    async def start(self, parts: Sequence[Part]) -> None:
        """Start the parts, each as soon as those it comes after are ready; returns when all are.

        StackError when one fails; what runs by then keeps running until `stop`.
        """
        self._slots |= {part.name: _Slot(part) for part in parts}
        self._check_order()
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(self._start_in_order(part))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def stop(self) -> None:
        """Stop all that runs, in the opposite order; a part that cannot be stopped keeps no other
        from it."""
        levels = TopologicalSorter({name: slot.part.after for name, slot in self._slots.items()})
        levels.prepare()
        order: list[tuple[str, ...]] = []
        while levels.is_active():
            order.append(levels.get_ready())
            levels.done(*order[-1])
        for names in reversed(order):
            slots = [self._slots[name] for name in names]
            await asyncio.gather(*(self._tried(s, self.stop_part(s.part.name)) for s in slots))

    async def start_part(self, name: str) -> None:
        """Start one stopped part and wait until it is ready."""
        slot = self._slot(name)
        if slot.child is not None and slot.child.running:
            return
        await self._halt_watch(slot)
        await self._launch(slot)
        slot.watch = asyncio.create_task(self._keep_alive(slot))

    async def stop_part(self, name: str) -> None:
        """Stop one part as in `stop` and leave it down."""
        slot = self._slot(name)
        await self._halt_watch(slot)
        if slot.child is not None:
            await slot.child.stop()
        self._set(slot, "stopped")

    async def kill_part(self, name: str, *, restart: bool = False) -> None:
        """SIGKILL one part. With `restart` it is brought back as after any death."""
        slot = self._slot(name)
        if restart:
            slot.ready.clear()
        else:
            await self._halt_watch(slot)
        if slot.child is not None:
            await slot.child.kill()
        if not restart:
            self._set(slot, "stopped")

    def end_part(self, name: str) -> None:
        """Tell one part to stop; when it has, it is brought back as after any death."""
        slot = self._slot(name)
        slot.ready.clear()
        self.signal_part(name, slot.part.stop_signal)

    def signal_part(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one part that runs; after its death it is brought back as after any."""
        child = self._slot(name).child
        if child is not None:
            child.send_signal(number)

    async def wait_ready(self, name: str, timeout: float = 60) -> None:
        """Wait until a part (again) is ready; StackError after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._slot(name).ready.wait()
        except TimeoutError:
            raise StackError(f"{name} is not ready after {timeout:.0f} s") from None

    async def _start_in_order(self, part: Part) -> None:
        for earlier in part.after:
            await self._slots[earlier].ready.wait()
        await self.start_part(part.name)
        seconds = self._slots[part.name].record.ready_seconds
        self._report(f"{part.name:<14} ready in {seconds:4.1f} s  {part.address}")

    async def _launch(self, slot: _Slot) -> None:
        part = slot.part
        self._set(slot, "starting")
        began = time.monotonic()
        for number in part.ports:
            if not is_free(number):
                raise StackError(
                    f"port {number} for {part.name} is taken by another program: stop it, or "
                    "choose other ports with --port-base"
                )
        if part.prepare is not None:
            await part.prepare()
        slot.child = await Child.spawn(part, self._home.log(part.name))
        slot.record.identity = slot.child.identity
        self._changed()
        await slot.child.ready()
        slot.record.ready_seconds = round(time.monotonic() - began, 2)
        self._set(slot, "ready")

    async def _keep_alive(self, slot: _Slot) -> None:
        pause = _FIRST_PAUSE
        while slot.child is not None:
            born = time.monotonic()
            ended = await slot.child.exited()
            if time.monotonic() - born > _STEADY or ended == _IN_GOOD_ORDER:
                pause = _FIRST_PAUSE
            await self._tried(slot, slot.child.stop())
            slot.record.restarts += 1
            slot.record.last_exit = ended
            self._set(slot, "restarting")
            self._report(f"{slot.part.name:<14} ended with {ended}, restarting in {pause:.1f} s")
            await asyncio.sleep(pause)
            if ended != _IN_GOOD_ORDER:
                pause = min(pause * 2, _LONGEST_PAUSE)
            if not await self._tried(slot, self._launch(slot)) and slot.child.running:
                await self._tried(slot, slot.child.kill())

    async def _tried(self, slot: _Slot, work: Awaitable[None]) -> bool:
        """Whether it went well. What did not is told, and may go well one day: a disk is full."""
        try:
            await work
        except Exception as error:
            self._report(f"{slot.part.name:<14} {str(error) or type(error).__name__}")
            return False
        return True

    async def _halt_watch(self, slot: _Slot) -> None:
        if slot.watch is not None:
            await cancel_all([slot.watch])
            slot.watch = None

    def _set(self, slot: _Slot, state: str) -> None:
        slot.record.state = state
        if state == "ready":
            slot.ready.set()
        else:
            slot.ready.clear()
        self._changed()

    def _slot(self, name: str) -> _Slot:
        if name not in self._slots:
            raise StackError(f"no part called {name}: there are {', '.join(self._slots)}")
        return self._slots[name]

    def _check_order(self) -> None:
        order = {name: slot.part.after for name, slot in self._slots.items()}
        for name, earlier in order.items():
            for unknown in set(earlier) - set(order):
                raise StackError(f"{name} starts after {unknown}, which is no part")
        try:
            TopologicalSorter(order).prepare()
        except CycleError as error:
            raise StackError(f"parts wait for each other: {error.args[1]}") from None
