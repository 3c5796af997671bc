"""What all commands share: where the servers are, and one line when something is wrong."""

import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from aiokafka.errors import KafkaError

from deploy.failure import StackError
from deploy.stack import Stack
from events.log import LogOverloaded, LogUnavailable
from events.logs import log_as_json
from events.memory import collect_rarely
from events.stopping import stop_signal
from events.tasks import cancel_all
from events.threads import switch_soon
from projections import elasticsearch, mongo, postgres, redis
from projections.registry import VIEWS
from projections.stores import Stores, open_stores
from schemas.explained import Explained
from schemas.servers import ServerMissing, Servers
from streams.console import err, one_line

AsJson = Annotated[bool, typer.Option("--json", help="For programs: one JSON document.")]

UNREACHABLE: tuple[type[Exception], ...] = (
    KafkaError,
    LogUnavailable,
    LogOverloaded,
    *mongo.TRANSIENT,
    *postgres.TRANSIENT,
    *redis.TRANSIENT,
    *elasticsearch.TRANSIENT,
)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
EXPLAINED = (StackError, ServerMissing, Explained)
"""Failures whose text says what is wrong and what to do."""


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """The result, or one line that says what is wrong and exit code 1."""
    if not logging.getLogger().handlers:  # libraries would grumble on stderr beside our one line
        logging.getLogger().addHandler(logging.NullHandler())
    try:
        collect_rarely()
        switch_soon()
        return uvloop.run(_interruptible(work))
    except EXPLAINED as error:
        fail(str(error))
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except FileNotFoundError as error:
        folder = Path(error.filename or "").parent
        fail(f"there is no {f'file {error.filename}' if folder.exists() else f'folder {folder}'}")
    except FileExistsError as error:
        fail(f"there is a file {error.filename} already")
    except UNREACHABLE as error:
        if isinstance(error, OSError) and (error.filename or error.errno in FULL):
            fail(f"{error.filename or 'a file'} cannot be written or read: {error.strerror}")
        fail(f"a server cannot be reached, is birdlog up? ({type(error).__name__}: {error})")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _interruptible(work: Coroutine[Any, Any, Any]) -> Any:
    """Ctrl-C ends the work even where a library swallows its cancellation. Once more, it does not
    cut off what the work does at its end."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, _say_that_it_ends)
        try:
            await cancel_all([task])
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        if not task.cancelled() and isinstance(error := task.exception(), EXPLAINED):
            complain(str(error))
        raise
    return task.result()


def _say_that_it_ends() -> None:
    complain("it ends as soon as all is in order")


def fail(message: str) -> NoReturn:
    complain(message)
    raise typer.Exit(1)


def complain(message: str) -> None:
    shown = "\n".join(map(one_line, message.splitlines()))
    err.print(f"birdlog: {shown}", markup=False, highlight=False, soft_wrap=True)


def servers_of(stack: Stack) -> Servers:
    try:
        stack.check_known()
        return Servers.from_environment(stack.servers.environ())
    except (StackError, ServerMissing) as error:
        fail(str(error))


async def with_stores(use: Callable[[Stores], Awaitable[Any]]) -> Any:
    async with open_stores(servers_of(Stack())) as stores:
        return await use(stores)


def view_names(names: list[str] | None) -> list[str]:
    for name in names or ():
        if name not in VIEWS:
            fail(f"there is no view {name}: choose from {', '.join(VIEWS)}")
    return names or list(VIEWS)


def serve(service: Callable[[Servers, asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    log_as_json()

    async def until_stopped() -> None:
        async with stop_signal() as stop:
            await service(servers_of(Stack()), stop)

    run(until_stopped())
