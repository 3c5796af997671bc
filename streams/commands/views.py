"""Views: keeping them up to date, measuring how far they are, building them anew."""

from typing import Annotated, Any

import typer
from setproctitle import setproctitle

from deploy.stack import Stack
from projections.registry import VIEWS
from projections.stores import Stores
from streams import outbox
from streams.commands.running import AsJson, run, serve, servers_of, view_names, with_stores
from streams.console import out, progress_bars, show_json, show_table
from streams.lag import measure
from streams.rebuild import rebuild as rebuild_view

app = typer.Typer()

RATE_SECONDS = 1.0


@app.command(name="worker")
def worker_command(
    views: Annotated[list[str] | None, typer.Argument(help="All of them if none is named.")] = None,
) -> None:
    """Keep views up to date with the log, until stopped."""
    names = view_names(views)
    setproctitle(f"birdlog worker {' '.join(names)}")
    from streams.worker import work  # Faust takes longer to import than most commands to run

    serve(lambda servers, stop: work(servers, names, stop))


@app.command(name="outbox")
def outbox_command() -> None:
    """Bring the events of new accounts to the log, until stopped."""
    setproctitle("birdlog outbox")
    serve(outbox.relay)


@app.command()
def lag(
    views: Annotated[list[str] | None, typer.Argument(help="All of them if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far each view is behind the log, by partition."""
    servers = servers_of(Stack())
    names = view_names(views)

    async def ask(stores: Stores) -> Any:
        return await measure(stores, servers.kafka, names, sample_seconds=RATE_SECONDS)

    lags = run(with_stores(ask))
    if as_json:
        show_json(lags)
        return
    show_table(
        ["view", "topic", "partition", "offset", "end", "behind", "events/s"],
        [
            [
                row.view,
                row.topic,
                str(row.partition),
                str(row.offset),
                str(row.end),
                str(row.behind),
                f"{row.rate:.0f}",
            ]
            for row in lags.views
        ],
    )


@app.command()
def rebuild(
    view: Annotated[str, typer.Argument(help=", ".join(VIEWS))], as_json: AsJson = False
) -> None:
    """Build a view anew from the log, beside the one that is read, then switch to it."""
    (name,) = view_names([view])
    servers = servers_of(Stack())

    async def build(stores: Stores) -> Any:
        with progress_bars() as bars:
            return await rebuild_view(
                stores,
                servers.kafka,
                name,
                lambda done, total: bars.advance(name, done, total),
            )

    built = run(with_stores(build))
    if as_json:
        show_json(built)
    else:
        out.print(
            f"{built.view}: generation {built.generation} is read now; {built.events:,} events in "
            f"{built.seconds:.1f} s, {built.events_per_second:,.0f} events/s",
            highlight=False,
        )
