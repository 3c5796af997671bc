"""`./birdlog bench`: every figure beside its floor, taken in the same run."""

import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.floor_server import FLOOR_TOPIC
from bench.memory import peak_memory
from bench.row import Row
from bench.rows import REBUILT_EVENTS, ROWS, Measured
from bench.world import bring_up, check_letters, err, load, say
from deploy.failure import StackError
from deploy.home import Home
from deploy.stack import Stack
from events.memory import collect_rarely
from events.threads import switch_soon
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from streams.console import show_json, show_table
from streams.setup import set_up

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
TWEETS = 20_000
EVENTS = 1_000_000

APART = "memory"
"""Which begins with an empty log."""

HOMES_ASKED = {"http", "overload", "visible", "beside"}
"""What needs the home timelines, which take minutes to fill."""


def main(
    follows: Annotated[Path, typer.Option(help="FOLLOWER<TAB>FOLLOWEE lines.")] = DATA
    / "follows.tsv.gz",
    tweets: Annotated[Path, typer.Option(help="One tweet a line.")] = DATA / "tweets.txt.gz",
    count: Annotated[int, typer.Option(help="How many of the tweets.")] = TWEETS,
    events: Annotated[
        int, typer.Option(help=f"Of all kinds, for memory; views takes {REBUILT_EVENTS:,} at most.")
    ] = EVENTS,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join((*ROWS, APART))}; all of them else.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Measure birdlog against its floors, on servers started for it."""
    names = (*ROWS, APART)
    if unknown := set(only or ()) - set(names):
        err.print(f"birdlog: there is no row {sorted(unknown)[0]}: choose from {', '.join(names)}")
        raise typer.Exit(1)
    for path in (follows, tweets):
        if not path.exists():
            err.print(
                f"birdlog: there is no file {path}: give both, --follows FILE of lines "
                "FOLLOWER<TAB>FOLLOWEE with numbers of accounts and --tweets FILE of one tweet a "
                "line, plain or gzipped",
                markup=False,
                soft_wrap=True,
            )
            raise typer.Exit(1)
    try:
        collect_rarely()
        switch_soon()
        rows = uvloop.run(_measure(follows, tweets, count, events, only or names))
    except StackError as error:
        err.print(f"birdlog: {error}", markup=False)
        raise typer.Exit(1) from error
    if as_json:
        show_json({"rows": rows})
    else:
        _show(rows)
    if not all(row.met for row in rows):
        raise typer.Exit(1)


async def _measure(
    follows: Path, tweets: Path, count: int, events: int, only: Collection[str]
) -> list[Row]:
    rows: list[Row] = []
    wanted = [name for name in ROWS if name in only]
    if wanted:
        async with _stack() as (stack, stores, servers):
            say("loading the accounts, follows and tweets")
            world = await load(stores, servers, follows, tweets, count)
            filled = ["graph", "cache"]
            if HOMES_ASKED & set(wanted) and "fan-out" not in wanted:  # which fills them itself
                filled.append("timelines")
            await bring_up(stores, servers, filled)
            for name in wanted:
                on = Measured(stack, stores, servers, world, events)
                rows += _told(await ROWS[name](on))
                await check_letters(servers)
    if APART in only:
        async with _stack() as (stack, stores, servers):
            rows += _told(await peak_memory(stack, stores, servers, events))
            await check_letters(servers)
    return rows


@asynccontextmanager
async def _stack() -> AsyncIterator[tuple[Stack, Stores, Servers]]:
    with tempfile.TemporaryDirectory(prefix="birdlog-bench-") as folder:
        stack = Stack.for_tests(Home(Path(folder)), console=err)
        async with stack.running():
            servers = Servers.from_environment(stack.servers.environ())
            await set_up(servers)
            await _floor_topic(servers)
            async with open_stores(servers) as stores:
                yield stack, stores, servers


def _told(rows: list[Row]) -> list[Row]:
    for row in rows:
        say(
            f"{row.name}: {row.value:,.1f} {row.unit}, floor {row.floor:,.1f}, "
            f"ratio {row.ratio:.2f}"
        )
    return rows


async def _floor_topic(servers: Servers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    try:
        await admin.start()
        await admin.create_topics(
            [NewTopic(name=FLOOR_TOPIC, num_partitions=4, replication_factor=1)]
        )
    finally:
        await admin.close()


def _show(rows: list[Row]) -> None:
    show_table(
        ["what", "value", "unit", "floor", "ratio", "target", ""],
        [
            [
                row.name,
                f"{row.value:,.1f}" if row.value < 1_000 else f"{row.value:,.0f}",
                row.unit,
                f"{row.floor:,.1f}" if row.floor < 1_000 else f"{row.floor:,.0f}",
                f"{row.ratio:.2f}",
                "-" if row.target is None else f"{row.target:g}",
                "met" if row.met else "MISSED",
            ]
            for row in rows
        ],
    )


if __name__ == "__main__":
    typer.run(main)
