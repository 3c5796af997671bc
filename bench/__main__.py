"""`./birdlog bench`: every figure beside its floor, taken in the same run."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.all_kinds import put_on_log
from bench.beside import home_beside_rebuild
from bench.fanout import fan_out
from bench.floor_server import FLOOR_TOPIC
from bench.http import home_and_post
from bench.memory import peak_memory
from bench.overload import posts_at_twice_the_load
from bench.reader import read_in_bulk
from bench.rebuild import rebuild_others, rebuild_tweets
from bench.replies import reply_pages
from bench.row import Row
from bench.search import search_rows
from bench.visible import visible
from bench.world import bring_up, err, load, say
from deploy.failure import StackError
from deploy.home import Home
from deploy.stack import Stack
from events.memory import collect_rarely
from projections.stores import open_stores
from schemas.servers import Servers
from streams.console import show_json, show_table
from streams.setup import set_up

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
TWEETS = 20_000
EVENTS = 1_000_000
REBUILT_EVENTS = 100_000
ROWS = (
    "reader", "rebuild", "fan-out", "http", "overload", "visible", "replies", "search", "beside",
    "views", "memory",
)  # fmt: skip


def main(
    follows: Annotated[Path, typer.Option(help="FOLLOWER<TAB>FOLLOWEE lines.")] = DATA
    / "follows.tsv.gz",
    tweets: Annotated[Path, typer.Option(help="One tweet a line.")] = DATA / "tweets.txt.gz",
    count: Annotated[int, typer.Option(help="How many of the tweets.")] = TWEETS,
    events: Annotated[
        int, typer.Option(help=f"Of all kinds, for memory; views takes {REBUILT_EVENTS:,} at most.")
    ] = EVENTS,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(ROWS)}; all of them else.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Measure birdlog against its floors, on servers started for it."""
    if unknown := set(only or ()) - set(ROWS):
        err.print(f"birdlog: there is no row {sorted(unknown)[0]}: choose from {', '.join(ROWS)}")
        raise typer.Exit(1)
    for path in (follows, tweets):
        if not path.exists():
            err.print(f"birdlog: there is no file {path}: name one with --follows and --tweets")
            raise typer.Exit(1)
    try:
        collect_rarely()
        rows = uvloop.run(_measure(follows, tweets, count, events, only or list(ROWS)))
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
    follows: Path, tweets: Path, count: int, events: int, only: list[str]
) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="birdlog-bench-") as folder:
        stack = Stack.for_tests(Home(Path(folder)), console=err)
        async with stack.running():
            servers = Servers.from_environment(stack.servers.environ())
            await set_up(servers)
            await _floor_topic(servers)
            async with open_stores(servers) as stores:
                say("loading the accounts, follows and tweets")
                world = await load(stores, servers, follows, tweets, count)
                rows: list[Row] = []
                filled = ["graph", "cache"]
                if "fan-out" not in only:  # which fills the timelines as it measures
                    filled.append("timelines")
                await bring_up(stores, servers, filled)
                if "reader" in only:
                    rows.append(_told(await read_in_bulk(servers)))
                if "rebuild" in only:
                    rows += map(_told, await rebuild_tweets(stack, stores, servers))
                if "fan-out" in only:
                    rows.append(_told(await fan_out(stores, servers, world)))
                if "http" in only:
                    rows += map(_told, await home_and_post(stack, stores, servers, world))
                if "overload" in only:
                    rows += map(_told, await posts_at_twice_the_load(stack, stores, servers, world))
                if "visible" in only:
                    rows += map(_told, await visible(stack, stores, servers, world))
                if "search" in only:
                    rows += map(_told, await search_rows(stack, stores, servers, world))
                if "replies" in only:
                    rows += map(_told, await reply_pages(stores))
                if "beside" in only:
                    rows.append(_told(await home_beside_rebuild(stack, stores, world)))
                if "views" in only:
                    await put_on_log(stores, servers, min(events, REBUILT_EVENTS))
                    rows += map(_told, await rebuild_others(stack, stores, servers))
                if "memory" in only:
                    rows.append(_told(await peak_memory(stack, stores, servers, events)))
                return rows


def _told(row: Row) -> Row:
    say(f"{row.name}: {row.value:,.1f} {row.unit}, floor {row.floor:,.1f}, ratio {row.ratio:.2f}")
    return row


async def _floor_topic(servers: Servers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
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
