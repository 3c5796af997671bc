"""What a fault run plays on: throw-away servers, proxies before them, and all parts of birdlog."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from deploy.failure import StackError
from deploy.home import CLONE, Home
from deploy.local_servers import NAMES
from deploy.part import Part
from deploy.ports import Offset, port
from deploy.servers import VARIABLES
from deploy.stack import Stack
from gateway import limits
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from streams.chaos.proxy import Proxy
from streams.parts import gateway_address, parts
from streams.setup import set_up

LIMITS_TIMES = "10000"
"""Requests are counted as they are for users, but none is refused for their number."""


class Scene:
    """`servers` and `stores` do without the proxies, but for Kafka, which names its own.

    `lives` counts the gateways that there were: ids rise within the life of one. `logs` names the
    folder of what each process said, where that is to be kept.
    """

    def __init__(self, stack: Stack, proxies: dict[str, Proxy], stores: Stores) -> None:
        self.stack = stack
        self.proxies = proxies
        self.stores = stores
        self.servers = Servers.from_environment(stack.servers.environ())
        self.gateway = gateway_address(stack)
        self.lives = 0
        self.logs: Path | None = None

    def keep_logs(self) -> None:
        self.logs = self.stack.home.logs


@asynccontextmanager
async def scene(console: Console) -> AsyncIterator[Scene]:
    """Everything runs and is ready within the block. Raises `StackError`.

    What it wrote is deleted after the block, unless that fails or asks for the logs.
    """
    async with AsyncExitStack() as opened:
        proxies = {name: await opened.enter_async_context(Proxy()) for name in NAMES}
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="birdlog-chaos-")
        stack = Stack.for_tests(
            Home(Path(folder)), console=console, kafka_advertised=proxies["kafka"].port
        )
        if stack.given:
            given = ", ".join(VARIABLES[name] for name in stack.given)
            raise StackError(f"chaos stops and wipes servers, so it starts its own: unset {given}")
        for name, proxy in proxies.items():
            proxy.upstream = port(stack.port_base, Offset[name])
        await opened.enter_async_context(stack.running())
        servers = Servers.from_environment(stack.servers.environ())
        await set_up(servers)
        stores = await opened.enter_async_context(open_stores(servers))
        await stack.start([_behind(proxies, stack, part) for part in parts(stack)])
        played = Scene(stack, proxies, stores)
        yield played
    if played.logs is None:
        await asyncio.to_thread(shutil.rmtree, folder)


def _behind(proxies: dict[str, Proxy], stack: Stack, part: Part) -> Part:
    """The part with the proxies' addresses, and with a clock that can step."""
    interpreter, *flags, module = part.argv[: part.argv.index("-m") + 2]
    assert interpreter == sys.executable
    told = {
        VARIABLES[name]: stack.servers.address(name).replace(f":{proxy.upstream}", f":{proxy.port}")
        for name, proxy in proxies.items()
    }
    return replace(
        part,
        argv=(interpreter, *flags, "streams.chaos.stepping", module, *part.argv[len(flags) + 2 :]),
        env={**part.env, **told, limits.VARIABLE: LIMITS_TIMES, "PYTHONPATH": str(CLONE)},
    )
