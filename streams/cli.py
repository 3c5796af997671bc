"""The command line, `./birdlog`."""

import typer

from streams.commands import (
    analytics,
    audits,
    chaos,
    dead_letters,
    export,
    history,
    log,
    rebuilds,
    schemas,
    snapshots,
    stack,
    status,
    users,
    views,
    worlds,
)

app = typer.Typer(
    name="birdlog",
    help="Twitter on a log: start it, look into it, rebuild its views.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (
    stack, audits, chaos, status, views, rebuilds, log, history, export, snapshots, schemas,
    worlds,
):  # fmt: skip
    app.add_typer(commands.app)
app.add_typer(users.app, name="user")
app.add_typer(analytics.app, name="analytics")
app.add_typer(dead_letters.app, name="dead-letters")
