"""Erasing a person who wants their account deleted."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import to_builtins

from deploy.stack import Stack
from gateway.closing import Closed
from projections.stores import Stores
from streams.commands.running import AsJson, run, servers_of, with_stores
from streams.console import err, progress_bars, show_json, show_lines, show_table
from streams.erasing import Erased, erase, whom

if TYPE_CHECKING:
    from streams.person import Person

ACCOUNT: Mapping[str, str] = {
    "tokens": "tokens",
    "keys": "sets of keys",
    "grants": "programs let in",
    "stream_rules": "rules of streams",
    "retries": "idempotency keys",
    "uploads": "photos and videos",
}


def user_erase(
    who: Annotated[str, typer.Argument(metavar="USER", help="A user name, or an id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close an account for good, and undo all that was done with it; again, and it goes on."""
    servers = servers_of(Stack())
    person: Person = run(with_stores(lambda stores: whom(stores, servers.kafka, who)))
    named = f"user {person.user_id}"
    if person.username is None:
        err.print(f"{named} is erased; looking for what is left", highlight=False)
    elif not yes:
        typer.confirm(f"Erase {person.username}, {named}, for good?", abort=True, err=True)
    if person.username is not None:
        err.print(
            f"erasing {person.username}, {named}: it takes half a minute; if it is cut off, run it"
            " again",
            highlight=False,
            soft_wrap=True,
        )

    async def all_of_it(stores: Stores) -> Erased:
        with progress_bars() as bars:
            return await erase(stores, servers.kafka, person.user_id, bars.advance)

    done: Erased = run(with_stores(all_of_it))
    if as_json:
        show_json(_document(done))
        return
    _show(done)


def _document(done: Erased) -> dict[str, Any]:
    last = done.last
    return {
        "id": str(done.user_id),
        "closed": to_builtins(done.closed),
        "undone": done.undone,
        "stays": {
            "poll_votes": last.votes,
            "hidden_replies": last.hidden,
            "unreadable_events": last.unreadable,
        },
    }


def _show(done: Erased) -> None:
    closed = [] if done.closed is None else _of_account(done.closed)
    undone = [(kind.replace("_", " "), number) for kind, number in done.undone.items()]
    if closed or undone:
        rows = [["account", "1"]] * (done.closed is not None)
        show_table(["erased", ""], rows + [[what, f"{n:,}"] for what, n in closed + undone])
    else:
        show_lines(f"nothing of user {done.user_id} was left to undo")
    show_lines("", "What stays:", *(f"- {line}" for line in stays(done)))


def _of_account(closed: Closed) -> list[tuple[str, int]]:
    return [(named, n) for field, named in ACCOUNT.items() if (n := getattr(closed, field))]


def stays(done: Erased) -> list[str]:
    last = done.last
    lines = [
        "what was written, names and profiles, on the log: see ./birdlog repartition --forget",
        "copies of it: snapshots, exports, backups, dead letters, views that a rebuild has kept",
        "what others did: their blocks and mutes, and their texts, which may hold the name",
        "the bytes of photos and videos, until a gateway has removed them within the hour",
    ]
    if last.votes:
        lines.append(f"{last.votes:,} votes in polls, which count on, and show nobody's name")
    if last.hidden:
        lines.append(f"{last.hidden:,} replies of others stay hidden")
    if last.unreadable:
        lines.append(f"{last.unreadable:,} events of a newer version of birdlog: use that")
    return lines
