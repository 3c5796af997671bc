"""What the log says about one tweet or one user."""

import re
from typing import Annotated, Any, cast

import typer

from deploy.stack import Stack
from gateway.times import timestamp
from projections.stores import Stores
from schemas.ids import MAX_ID
from streams.commands.running import AsJson, run, servers_of, with_stores
from streams.console import show_json, show_table
from streams.history import Fact, Kind, history

app = typer.Typer()

SHOWN_APART = {"type", "at", "actor", "event_id", "request_id", "v"}


@app.command(name="history")
def history_command(
    subject: Annotated[str, typer.Argument(help="tweet:ID or user:ID; replies are tweets, too.")],
    as_json: AsJson = False,
) -> None:
    """List every fact on the log about a tweet or a user, and the views that have applied it."""
    named = re.fullmatch("(tweet|user):([0-9]{1,19})", subject)
    if named is None or int(named[2]) > MAX_ID:
        raise typer.BadParameter(f"{subject} is neither tweet:ID nor user:ID")
    kind, number = cast("Kind", named[1]), int(named[2])
    bootstrap = servers_of(Stack()).kafka

    async def find(stores: Stores) -> list[Fact]:
        return await history(stores, bootstrap, kind, number)

    facts = run(with_stores(find))
    if as_json:
        show_json({"facts": facts})
        return
    show_table(
        ["position", "time", "fact", "actor", "what", "views"],
        [
            [
                fact.position,
                timestamp(fact.at),
                fact.type,
                fact.actor,
                _what(fact.event),
                _views(fact),
            ]
            for fact in facts
        ],
    )


def _what(event: dict[str, Any]) -> str:
    return ", ".join(f"{name} {said}" for name, said in event.items() if name not in SHOWN_APART)


def _views(fact: Fact) -> str:
    parts = [", ".join(fact.applied)]
    parts += [f"pending: {', '.join(fact.pending)}"] if fact.pending else []
    parts += [f"set aside: {', '.join(fact.set_aside)}"] if fact.set_aside else []
    return "; ".join(part for part in parts if part)
