"""The real input on a stack of its own."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from rich.console import Console

from bench.client import Connection
from deploy.stack import Stack
from events.bulk import BulkAppender
from events.log import Log
from events.reader import ends_of
from gateway import limits
from gateway.accounts import Accounts
from gateway.leases import leased_snowflakes
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.servers import Servers
from schemas.topics import DEAD_LETTERS
from streams.dead_letters import DeadLetters
from streams.load import Loader, authors_by_followers, read_follows, read_tweets, username
from streams.rebuilding.building import fill

err = Console(stderr=True)

READY_SECONDS = 60.0
COMMAND_SECONDS = 1_800.0
LIMITS_TIMES = "10000"
"""Requests are counted as they are for users, but none is refused."""


class World(Struct, frozen=True):
    """User ids throughout."""

    follows: list[tuple[int, int]]
    authors: list[int]
    followers: Counter[int]

    @property
    def deliveries(self) -> int:
        """How often a tweet reaches a home timeline, its author's own included."""
        return sum(self.followers[author] + 1 for author in self.authors)


async def load(
    stores: Stores, servers: Servers, follows_path: Path, tweets_path: Path, count: int
) -> World:
    """Puts all follows and the first `count` tweets on the log."""
    follows = read_follows(follows_path, stop=True).rows
    texts = read_tweets(tweets_path, stop=False).rows[:count]
    authors = authors_by_followers(follows, len(texts))
    numbers = sorted({number for pair in follows for number in pair})
    async with (
        leased_snowflakes(stores.postgres) as ids,
        BulkAppender(servers.kafka) as appender,
    ):
        loader = Loader(Accounts(stores.postgres), appender, ids, lambda *_: None)
        user_ids = await loader.people([username(number) for number in numbers])
        user_of = {number: user_ids[username(number)] for number in numbers}
        pairs = [(user_of[one], user_of[other]) for one, other in follows]
        await loader.follows(pairs)
        written = [(user_of[a], text) for a, text in zip(authors, texts, strict=True)]
        await loader.tweets(written)
    return World(
        pairs, [author for author, _ in written], Counter(followee for _, followee in pairs)
    )


@asynccontextmanager
async def process(
    stack: Stack, module: Sequence[str], *, port: int | None = None
) -> AsyncIterator[int]:
    """Runs `python -m …` against the stack's servers; answers on `port` if one is given.

    Its number in the operating system is what is yielded. Raises `RuntimeError` when it ended
    before the block did.
    """
    environment = os.environ | {limits.VARIABLE: LIMITS_TIMES} | stack.servers.environ()
    if port is not None:
        environment["BIRDLOG_PORT"] = str(port)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", *module, env=environment
    )
    try:
        if port is not None:
            await _answers(port, child)
        yield child.pid
        if child.returncode is not None:
            raise RuntimeError(f"{' '.join(module)} ended before it should: {child.returncode}")
    finally:
        if child.returncode is None:
            child.terminate()
        try:
            async with asyncio.timeout(READY_SECONDS):
                await child.wait()
        finally:
            await _killed(child)


async def command(stack: Stack, module: Sequence[str]) -> bytes:
    """What `python -m …` says on standard output. Raises `RuntimeError` when it fails."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        *module,
        env=os.environ | stack.servers.environ(),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            said, _ = await child.communicate()
    finally:
        await _killed(child)
    if child.returncode:
        raise RuntimeError(f"{' '.join(module)} failed: {child.returncode}")
    return said


async def _killed(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
        await child.wait()


async def _answers(port: int, child: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            (await Connection.open(port)).close()
        except OSError:
            if child.returncode is not None or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            if child.returncode is not None:
                raise RuntimeError(f"something else answers on port {port}")
            return


async def bring_up(stores: Stores, servers: Servers, views: Sequence[str]) -> None:
    """Each of the views to the end of the log, one after the other."""
    at = await generations.current(stores.postgres)
    async with Log(servers.kafka) as log:
        for view in views:
            say(f"filling {view}")
            await fill(VIEWS[view](stores, at), servers.kafka, DeadLetters(log), lambda *_: None)


async def check_letters(servers: Servers) -> None:
    """Raises `RuntimeError` when a view has set anything aside, which moves its checkpoint too."""
    if letters := sum((await ends_of(servers.kafka, [DEAD_LETTERS])).values()):
        raise RuntimeError(f"{letters} events were set aside and not applied")


def say(line: str) -> None:
    err.print(f"bench: {line}", highlight=False)
