"""Giving a topic another number of partitions."""

from typing import Annotated

import typer

from deploy.stack import Stack
from projections.stores import Stores
from schemas.topics import TOPIC_NAMED
from streams.commands.running import AsJson, complain, fail, run, servers_of, with_stores
from streams.console import err, progress_bars, show_json
from streams.rebuilding.progress import Progress
from streams.repartitioning.repartitioned import Repartitioned
from streams.repartitioning.repartitioning import repartition as repartition_topic

app = typer.Typer()


@app.command()
def repartition(
    topic: Annotated[str, typer.Argument(help=", ".join(TOPIC_NAMED))],
    partitions: Annotated[int, typer.Argument(help="How many it is to have.")],
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on with what was begun.")
    ] = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Copy it anew, even to as many, if it holds words of what is deleted, and empty"
            " what it was copied from: they are gone then.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a topic another number of partitions, while it is read and written.

    One that was interrupted is gone on with, or begun anew with --forget. The words of what was
    deleted, and of who was erased, are not copied.
    """
    if topic not in TOPIC_NAMED:
        fail(f"there is no topic {topic}: choose from {', '.join(TOPIC_NAMED)}")
    servers = servers_of(Stack())

    async def give(stores: Stores) -> Repartitioned:
        with progress_bars() as bars:

            def bar_of(name: str) -> Progress:
                return lambda done, known: bars.advance(
                    name, sum(done.values()), sum(known.values())
                )

            return await repartition_topic(
                stores,
                servers.kafka,
                topic,
                partitions,
                bar_of,
                complain,
                restart=restart,
                forget=forget,
            )

    done: Repartitioned = run(with_stores(give))
    if as_json:
        show_json(done)
        return
    err.print(
        f"{topic}: generation {done.generation} with {done.partitions} partitions;"
        f" {done.copied:,} records copied in {done.seconds:.1f} s, of which nothing was accepted"
        f" for {done.refused_seconds:.1f} s; views that follow: {', '.join(done.views) or 'none'}",
        highlight=False,
        soft_wrap=True,
    )
    if forget:
        err.print(
            f"{topic}: {done.emptied:,} records were removed from what it was copied from",
            highlight=False,
            soft_wrap=True,
        )
