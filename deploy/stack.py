"""One local stack: five servers and the parts of birdlog, on loopback, below one home."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from rich.console import Console

from deploy import detached
from deploy.child import wait_for_answer
from deploy.failure import StackError
from deploy.health import PartHealth, examine
from deploy.home import Home
from deploy.leftovers import end_leftovers
from deploy.local_servers import NAMES, local_parts, probes
from deploy.notebook import Notebook
from deploy.part import Part
from deploy.ports import DEFAULT_BASE, Offset, free_base, port
from deploy.servers import VARIABLES, Servers, given_servers, without_password
from deploy.set_up import set_up
from deploy.supervisor import Supervisor
from deploy.tasks import to_the_end
from deploy.tools import Tools

_GIVEN_TIMEOUT = 10.0
Hook = Callable[[], Awaitable[None]]


class Stack:
    """The stack of `home` at `port_base`; addresses are known before anything runs.

    `port_base` None means: as recorded when this home is up. Servers whose address the environment
    gives are used as they are, never started; `supervisor` runs the others. The PostgreSQL of one
    that need not be `durable` waits for no disk. Lines of progress go to `console`. All failures
    that people can do something about are StackError.
    """

    def __init__(
        self,
        home: Home | None = None,
        port_base: int | None = None,
        *,
        console: Console | None = None,
        kafka_advertised: int | None = None,
        durable: bool = True,
    ) -> None:
        self.home = home or Home.find()
        self.notebook = Notebook(self.home)
        known = self.notebook.running_base() if port_base is None else port_base
        self.port_base = DEFAULT_BASE if known is None else known
        self.servers = Servers.local(self.port_base, media=str(self.home.root / "data" / "media"))
        self.given = given_servers()
        self._known = known is not None or self.given.keys() >= set(NAMES)
        self._kafka_advertised = kafka_advertised
        self._durable = durable
        self._console = console or Console(quiet=True)
        self.supervisor = Supervisor(self.home, self._report, self._note)

    @classmethod
    def for_tests(
        cls,
        home: Home,
        *,
        console: Console | None = None,
        kafka_advertised: int | None = None,
        durable: bool = True,
    ) -> "Stack":
        """A stack on ports that are all free now; Kafka sends its clients to the port given."""
        return cls(
            home, free_base(), console=console, kafka_advertised=kafka_advertised,
            durable=durable,
        )  # fmt: skip

    @property
    def gateway_port(self) -> int:
        return port(self.port_base, Offset.gateway)

    def check_known(self) -> None:
        """StackError when its servers are nowhere: another stack may be at the usual ports."""
        if not self._known:
            raise StackError(f"nothing runs in {self.home.root}: ./birdlog up")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Stack"]:
        """The servers, ready within the block, stopped after it. Enter it on the main thread."""
        with self.home.locked():
            await asyncio.to_thread(end_leftovers, self.notebook, self._report)
            tools = await self.fetch()
            self.notebook.open(self.port_base, self._addresses())
            try:
                await self._check_given()
                await self.supervisor.start(self._servers(tools))
                yield self
            finally:
                self.notebook.phase("stopping")
                await self._stop()

    async def up(self, parts: Sequence[Part] = (), *, after_servers: Hook | None = None) -> None:
        """Servers, then the hook, then the parts; runs until it is asked to end, then stops all.

        That is by SIGINT, SIGTERM, or SIGHUP, which a closed terminal sends, unless it is ignored.
        The parts get the servers' addresses in their environment and come after all servers.
        """
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        ending = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            ending.append(signal.SIGHUP)
        for number in ending:
            loop.add_signal_handler(number, asked.set)
        work = asyncio.create_task(self._run(parts, after_servers, asked))
        waiting = asyncio.create_task(asked.wait())
        try:
            await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and self.notebook.current_phase != "ready":
                work.cancel()
            await asyncio.wait({work})
            if not work.cancelled():
                work.result()
        finally:
            waiting.cancel()
            for number in ending:
                loop.remove_signal_handler(number)

    async def detach(self, argv: Sequence[str], *, timeout: float = 600) -> None:
        """Run `argv`, which must call `up` on this home, in the background.

        Downloads happen before, in the foreground. Returns when all is ready; StackError with
        the reason when it failed or took over `timeout` seconds.
        """
        with self.home.locked():
            await self.fetch()
        await detached.run(argv, self.home, self.notebook, self._report, timeout)

    async def fetch(self) -> Tools:
        """Brings onto this machine what its servers need. Two at once get in each other's way."""
        return await set_up(set(NAMES) - set(self.given), self._console)

    async def down(self, *, timeout: float = detached.STOP_SECONDS) -> bool:
        """Stop this home's stack, from any process. False when nothing ran.

        Waits up to `timeout` seconds for a clean stop, then kills. Can be repeated.
        """
        return await asyncio.to_thread(
            detached.stop, self.home, self.notebook, self._report, timeout
        )

    async def health(self, parts: Sequence[Part] = ()) -> list[PartHealth]:
        """Each server and part, asked now, from any process.

        Parts given here are asked by their own probe, others recorded count by their process.
        """
        asked = dict(probes(self.servers))
        asked |= {part.name: part.ready for part in parts if part.ready is not None}
        addresses = self._addresses() | {part.name: part.address for part in parts}
        return await examine(addresses, asked, self.notebook.read(), set(self.given))

    async def start(self, parts: Sequence[Part]) -> None:
        """Start parts on the servers that run; they are stopped before those."""
        await self.supervisor.start([self._with_servers(part) for part in parts])

    async def _run(self, parts: Sequence[Part], hook: Hook | None, asked: asyncio.Event) -> None:
        async with self.running():
            if hook is not None:
                await hook()
            await self.start(parts)
            self.notebook.phase("ready")
            await asked.wait()
            self._report("stopping")

    async def _stop(self) -> None:
        async def stop() -> None:
            await self.supervisor.stop()
            self.notebook.close()

        try:
            await to_the_end(stop(), detached.STOP_SECONDS)
        except TimeoutError as error:
            raise StackError(
                f"the stack has not stopped in {detached.STOP_SECONDS:.0f} s: ./birdlog down ends"
                " what is left of it"
            ) from error

    def _servers(self, tools: Tools) -> list[Part]:
        return local_parts(
            self.home,
            self.port_base,
            tools,
            self._kafka_advertised,
            durable=self._durable,
        )

    def _with_servers(self, part: Part) -> Part:
        local = tuple(name for name in NAMES if name not in self.given)
        return replace(
            part, env=self.servers.environ() | dict(part.env), after=(*local, *part.after)
        )

    async def _check_given(self) -> None:
        asked = probes(self.servers)
        for name, address in self.given.items():
            shown = f"{VARIABLES[name]} ({without_password(address)})"
            await wait_for_answer(asked[name], _GIVEN_TIMEOUT, shown)
            self._report(f"{name:<14} answers           {without_password(address)}")

    def _addresses(self) -> dict[str, str]:
        return {name: without_password(self.servers.address(name)) for name in NAMES}

    def _report(self, line: str) -> None:
        """Nothing stops running, or being stopped, because the disk is full."""
        with suppress(OSError):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _note(self) -> None:
        self.notebook.parts(self.supervisor.records)
