"""Views: keeping them up to date, and measuring how far they are."""

from typing import Annotated, Any

import typer
from setproctitle import setproctitle

from deploy.stack import Stack
from projections.stores import Stores
from streams import outbox
from streams.commands.running import AsJson, run, serve, servers_of, view_names, with_stores
from streams.console import show_json, show_table
from streams.lag import measure

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
