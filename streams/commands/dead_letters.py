"""Records that a view could never apply: looked at, tried again, or let go."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from deploy.stack import Stack
from events.codec import UNREADABLE
from events.dead_letters import all_letters
from events.log import Log
from projections.stores import Stores
from schemas.dead_letters import DeadLetter
from streams.commands.build_next import tell_of_views_built_from
from streams.commands.running import AsJson, fail, run, servers_of, view_names, with_stores
from streams.console import err, progress_bars, show_json, show_table
from streams.dead_letters import DeadLetters
from streams.retrying import retry as retry_view

app = typer.Typer(help="Records that a view could never apply.", no_args_is_help=True)

Letter = Annotated[str, typer.Argument(help="As `list` shows it: VIEW@TOPIC:PARTITION:OFFSET.")]
Letters = Annotated[list[str], typer.Argument(help="As `list` shows them.")]


@app.command("list")
def list_letters(
    view: Annotated[str | None, typer.Argument(help="Only letters of this view.")] = None,
    settled: Annotated[bool, typer.Option("--all", help="Also those that are settled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the open letters, oldest first."""
    names = view_names([view]) if view else None
    letters = sorted(
        (
            letter
            for letter in _all().values()
            if (settled or letter.settled is None) and (names is None or letter.view in names)
        ),
        key=lambda letter: letter.at,
    )
    if as_json:
        show_json({"dead_letters": [_summary(letter) for letter in letters]})
        return
    show_table(
        ["letter", "time", "state", "error"],
        [[one.letter, _time(one.at), one.settled or "open", one.reason] for one in letters],
    )


@app.command()
def show(letter: Letter, as_json: AsJson = False) -> None:
    """Show a letter's whole event and error."""
    found = _chosen([letter])[0]
    shown = _summary(found) | {"event": _event(found.value)}
    if as_json:
        show_json(shown)
        return
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(shown)).decode() + "\n")


@app.command()
def retry(letters: Letters, as_json: AsJson = False) -> None:
    """Build the letters' views anew, and settle what they can apply now."""
    views = sorted({letter.view for letter in _open(letters)})
    view_names(views)
    servers = servers_of(Stack())

    async def try_again(stores: Stores) -> list[Any]:
        with progress_bars() as bars:
            return [await retry_view(stores, servers.kafka, view, bars.of(view)) for view in views]

    tried = run(with_stores(try_again))
    if as_json:
        show_json({"retried": tried})
    else:
        states = {name: "applied" for one in tried for name in one.applied}
        states |= {name: "still open" for one in tried for name in one.open}
        show_table(["letter", "state"], [[name, state] for name, state in states.items()])
        for one in tried:
            if one.applied:
                tell_of_views_built_from(one.view)
    if any(one.open for one in tried):
        raise typer.Exit(1)


@app.command()
def drop(letters: Letters) -> None:
    """Settle letters without applying them: their views stay without these events."""
    chosen = _open(letters)
    servers = servers_of(Stack())

    async def settle() -> None:
        async with Log(servers.kafka) as log:
            for letter in chosen:
                await DeadLetters(log).settle(letter, "dropped")

    run(settle())
    err.print(f"dropped {len(chosen)} letters", highlight=False)


def _all() -> dict[str, DeadLetter]:
    letters: dict[str, DeadLetter] = run(all_letters(servers_of(Stack()).kafka))
    return letters


def _chosen(names: list[str]) -> list[DeadLetter]:
    letters = _all()
    for name in names:
        if name not in letters:
            fail(f"there is no dead letter {name}: see ./birdlog dead-letters list")
    return [letters[name] for name in dict.fromkeys(names)]


def _open(names: list[str]) -> list[DeadLetter]:
    chosen = _chosen(names)
    for letter in chosen:
        if letter.settled is not None:
            fail(f"{letter.letter} is settled already: {letter.settled}")
    return chosen


def _summary(letter: DeadLetter) -> dict[str, Any]:
    return {
        "letter": letter.letter,
        "view": letter.view,
        "position": letter.position,
        "at": letter.at,
        "state": letter.settled or "open",
        "reason": letter.reason,
    }


def _event(value: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except UNREADABLE:
        return value


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else "-"
