"""Comparing views with the log."""

from typing import Annotated, Any

import typer

from deploy.stack import Stack
from projections.stores import Stores
from streams.audit.auditing import Audited, audit
from streams.audit.log import Log
from streams.commands.running import AsJson, run, servers_of, view_names, with_stores
from streams.console import show_json, show_lines, show_table

app = typer.Typer()

WAIT_SECONDS = 30.0


@app.command(name="audit")
def audit_command(
    views: Annotated[list[str] | None, typer.Argument(help="All of them if none is named.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Differences to show of each view.")] = 10,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds for a view to come to the end of the log.")
    ] = WAIT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Fold the log plainly and name every difference between that and what the views hold."""
    servers = servers_of(Stack())
    names = view_names(views)

    async def compare(stores: Stores) -> list[Audited]:
        log = Log(servers.kafka)
        return [await audit(stores, servers.kafka, log, name, seconds=wait) for name in names]

    audited = run(with_stores(compare))
    if as_json:
        show_json({"views": [_plain(one, show) for one in audited]})
    else:
        _print(audited, show)
    if any(one.differences for one in audited):
        raise typer.Exit(1)


def _plain(audited: Audited, show: int) -> dict[str, Any]:
    return {
        "view": audited.view,
        "events": audited.events,
        "keys": audited.keys,
        "differences": len(audited.differences),
        "first": [
            dict(zip(("kind", "key", "expected", "found"), row, strict=True))
            for row in _rows(audited, show)
        ],
    }


def _print(audited: list[Audited], show: int) -> None:
    show_table(
        ["view", "events", "keys", "differences"],
        [[one.view, str(one.events), str(one.keys), str(len(one.differences))] for one in audited],
    )
    for one in audited:
        for kind, key, wanted, found in _rows(one, show):
            difference = f"{one.view}: {key} {kind}"
            show_lines("", difference, f"  expected {wanted}", f"  found    {found}")


def _rows(audited: Audited, show: int) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.key, *one.shown()) for one in audited.differences[:show]]
