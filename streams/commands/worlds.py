"""Filling birdlog, with a world of files or a small one of its own, and measuring it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from deploy.stack import Stack
from events.bulk import BulkAppender
from gateway.accounts import Accounts
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from streams import demo, load
from streams.commands.running import AsJson, run, servers_of, with_stores
from streams.console import err, out, progress_bars, show_json, show_table
from streams.lag import caught_up
from streams.parts import gateway_address
from streams.questions import Friend, questions

app = typer.Typer()

VIEWS_SECONDS = 30.0
NAME, WHAT = 5, 22
"""So wide are the columns of questions."""

PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": True, "markup": False}


@app.command(name="load")
def load_command(
    follows: Annotated[Path, typer.Option(help="FOLLOWER<TAB>FOLLOWEE lines, plain or gzipped.")],
    tweets: Annotated[Path, typer.Option(help="One tweet a line, plain or gzipped.")],
    tweets_per_second: Annotated[float | None, typer.Option(min=0.001)] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Write only so many of the tweets.")
    ] = None,
    stop_on_error: Annotated[
        bool, typer.Option(help="Stop at the first malformed line, before anything is written.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create the accounts, follows and tweets of two files through the log."""
    servers = servers_of(Stack())

    async def fill(stores: Stores) -> load.Loaded:
        with progress_bars() as bars:
            async with (
                leased_snowflakes(stores.postgres) as ids,
                BulkAppender(servers.kafka) as appender,
            ):
                loader = load.Loader(Accounts(stores.postgres), appender, ids, bars.advance)
                return await loader.files(
                    follows,
                    tweets,
                    stop=stop_on_error,
                    limit=limit,
                    per_second=tweets_per_second,
                    complain=lambda malformed: err.print(
                        str(malformed), markup=False, highlight=False
                    ),
                )

    loaded = run(with_stores(fill))
    if as_json:
        show_json(loaded)
    else:
        out.print(
            f"{loaded.accounts:,} accounts, {loaded.follows:,} follows and {loaded.tweets:,} tweets"
            f" are on the log, {loaded.left_out:,} lines were left out; {loaded.seconds:.1f} s",
            highlight=False,
        )


@app.command(name="demo")
def demo_command(as_json: AsJson = False) -> None:
    """Fill birdlog with a small world, once, and show what to try in it."""
    stack = Stack()
    servers = servers_of(stack)

    async def fill(stores: Stores) -> dict[str, Friend]:
        with progress_bars() as bars:
            friends = await demo.fill(stores, servers, bars.advance)
        try:
            await caught_up(stores, servers.kafka, seconds=VIEWS_SECONDS)
        except TimeoutError:
            err.print("the views are not there yet: ./birdlog lag shows how far they are")
        return friends

    friends = run(with_stores(fill))
    if as_json:
        show_json({"users": list(friends.values())})
        return
    address = gateway_address(stack)
    show_table(
        ["user", "id", "token"],
        [[friend.username, friend.id, friend.token] for friend in friends.values()],
    )
    out.print("\nTo ask as one of them:", **PLAIN)
    for friend in friends.values():
        out.print(f"  {friend.username.upper()}='Authorization: Bearer {friend.token}'", **PLAIN)
    for about, asked in questions(friends).items():
        out.print(f"\n{about}:", **PLAIN)
        for one in asked:
            ask = f"curl -{'i' if one.head else ''}sH \"${one.who.upper()}\" '{address}{one.path}'"
            out.print(f"  {one.who:<{NAME}}  {one.what:<{WHAT}}  {ask}", **PLAIN)
    out.print("\nHow much the cache answers, and how far the views are:  ./birdlog status", **PLAIN)


@app.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def bench(context: typer.Context) -> NoReturn:
    """Measure birdlog against its floors; `bench --help` says what can be chosen."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "bench", *context.args])
