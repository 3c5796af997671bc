"""Building views anew, going back, and removing what is not read any more."""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Annotated, Any

import typer

from deploy.stack import Stack
from events.reader import partitions
from events.tasks import cancel_all
from projections.generations import Generations
from projections.registry import VIEWS, built_from
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from streams.commands.build_next import tell_of_views_built_from
from streams.commands.running import AsJson, fail, run, servers_of, view_names, with_stores
from streams.console import err, out, progress_bars, show_json, show_lines
from streams.rebuilding.building import Rebuilt, help_with
from streams.rebuilding.building import rebuild as rebuild_view
from streams.rebuilding.builds import Purpose
from streams.rebuilding.crew import Told, asked_apart, crew
from streams.rebuilding.keeping import drop_old as drop_old_of
from streams.rebuilding.pace import pace

app = typer.Typer()

COMPARED = {
    "cache": "{:,} tweets and retweets that both hold; not: those that only one holds",
    "timelines": "authors' lists, mutes, blocks, and {:,} homes that both hold; not: other homes,"
    " celebrities, whom somebody has unfollowed",
    "counters": "what is in MongoDB; not: copies in Redis",
}
"""What of views of which not everything is, with how many copies."""


@app.command()
def rebuild(
    view: Annotated[str, typer.Argument(help=", ".join(VIEWS))],
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Compare, change nothing, remove what was built.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Switch without comparing: the view is to change.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the generation that was read before.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Remove the generation that was read before.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on with what was begun.")
    ] = False,
    max_load: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Share of the time in which it works.")
    ] = 1.0,
    processes: Annotated[
        int,
        typer.Option(min=1, help="That share the work, at most one a partition; else one a core."),
    ] = os.cpu_count() or 1,
    show: Annotated[int, typer.Option(min=0, help="Differing keys to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Build a view anew from the log beside the one that is read, compare both, then switch.

    Compared is all that the log determines. Tweets in the cache, and homes in timelines, are there
    because somebody reads them: those that both hold are compared. Copies of counters in Redis are
    not. The result says what was compared.

    One that was interrupted is gone on with; one that runs elsewhere is helped.
    """
    (name,) = view_names([view])
    purpose = _purpose(shadow=shadow, accept=accept, rollback=rollback, drop_old=drop_old)
    servers = servers_of(Stack())
    if drop_old:
        _drop_old(name, as_json)
        return

    async def build(stores: Stores) -> Rebuilt:
        with progress_bars() as bars:
            return await rebuild_view(
                stores,
                servers.kafka,
                name,
                bars.of(name),
                purpose=purpose,
                turns=pace(max_load),
                show=show,
                crew=helpers,
                restart=restart,
            )

    sharing = _processes(servers, name, processes)
    with crew(sharing - 1, partial(_help_out, servers, max_load)) as helpers:
        built: Rebuilt = run(with_stores(build))
    if as_json:
        show_json(_plain(built))
    else:
        _print(built)
        if _may_differ(built):
            tell_of_views_built_from(name)
    if built.outcome == "differs":
        raise typer.Exit(1)


def _processes(servers: Servers, name: str, most: int) -> int:
    """No more than the view's topics have partitions: others would have nothing to do."""
    if most == 1:
        return 1
    found = asked_apart(partial(_partitions, servers, name))
    if found is None:  # what is wrong has been said
        raise typer.Exit(1)
    return min(most, found)


def _partitions(servers: Servers, name: str) -> int | None:
    async def count() -> int:
        async with open_stores(servers) as stores:
            topics = [topic.name for topic in VIEWS[name](stores, Generations()).topics]
        return len(await partitions(servers.kafka, topics))

    with suppress(typer.Exit):
        found: int = run(count())
        return found
    return None


def _drop_old(name: str, as_json: bool) -> None:
    dropped = run(with_stores(lambda stores: drop_old_of(stores, name)))
    if as_json:
        show_json({"view": name, "dropped": dropped})
    else:
        err.print(f"{name}: generation {dropped} is gone", highlight=False)


def _help_out(servers: Servers, max_load: float, told: Told) -> None:
    """What a process of the crew does."""
    with suppress(typer.Exit):  # what is wrong has been said, and what was begun is taken over
        run(_help(servers, max_load, told))


async def _help(servers: Servers, max_load: float, told: Told) -> None:
    async with AsyncExitStack() as until_end:
        opening = asyncio.create_task(until_end.enter_async_context(open_stores(servers)))
        if (begun := await told.build()) is None:
            await cancel_all([opening])
            return
        work = help_with(await opening, servers.kafka, begun, pace(max_load))
        helping, ending = asyncio.create_task(work), asyncio.create_task(told.end())
        await asyncio.wait({helping, ending}, return_when=asyncio.FIRST_COMPLETED)
        if helping.done():
            helping.result()
        await cancel_all([helping, ending])


def _purpose(**wanted: bool) -> Purpose:
    chosen = [name for name, one in wanted.items() if one]
    if len(chosen) > 1:
        fail(f"--{chosen[0]} and --{chosen[1].replace('_', '-')} are two different things")
    match chosen:
        case ["shadow"]:
            return "shadow"
        case ["accept"]:
            return "accept"
        case ["rollback"]:
            return "rollback"
        case _:
            return "rebuild"


def _plain(built: Rebuilt) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "view": built.view,
        "generation": built.generation,
        "outcome": built.outcome,
        "events": built.events,
        "seconds": built.seconds,
        "events_per_second": built.events_per_second,
        "set_aside": _set_aside(built),
        "build_next": built_from(built.view) if _may_differ(built) else [],
    }
    if (end := built.end) is not None:
        shown |= {
            "place": end.place,
            "digests": {"live": end.live, "rebuilt": end.rebuilt},
            "compared": _compared(built),
            "copies": end.copies,
            "differences": end.differences,
            "first": [
                dict(zip(("kind", "key", "live", "rebuilt"), row, strict=True))
                for row in _rows(built)
            ],
        }
    return shown


def _may_differ(built: Rebuilt) -> bool:
    """Whether what is read now was not compared with what was read before."""
    return built.outcome == "switched" and (built.end is None or not built.end.live)


def _print(built: Rebuilt) -> None:
    out.print(f"{built.view}: {_said(built)}", highlight=False, soft_wrap=True)
    for kind, key, live, rebuilt in _rows(built):
        difference = f"{built.view}: {key} {kind}"
        show_lines("", difference, f"  live    {live}", f"  rebuilt {rebuilt}")
    if aside := _set_aside(built):
        heading = f"{len(aside)} records could not be applied:"
        show_lines("", heading, *(f"  {record}" for record in aside))


def _compared(built: Rebuilt) -> str | None:
    """None where nothing was."""
    if built.end is None or not built.end.live:
        return None
    return COMPARED.get(built.view, "everything").format(built.end.copies)


def _said(built: Rebuilt) -> str:
    filled = (
        f"{built.events:,} events in {built.seconds:.1f} s, {built.events_per_second:,.0f} events/s"
    )
    end, compared = built.end, _compared(built)
    what = f" (compared: {compared})" if built.view in COMPARED else ""
    match built.outcome:
        case "switched":
            equal = f"equal to what was read before{what}; " if compared else ""
            return f"generation {built.generation} is read now; {equal}{filled}"
        case "equal":
            return f"a new generation is equal to what is read{what}, and is gone again; {filled}"
        case "differs":
            count = end.differences if end is not None else 0
            return (
                f"{count:,} keys of a new generation differ from what is read{what}. Nothing was"
                f" changed, and it is gone again; {filled}"
            )
        case "helped":
            return f"another process ends the build of generation {built.generation}"


def _set_aside(built: Rebuilt) -> list[str]:
    letters = built.end.set_aside if built.end else []
    return [f"{letter.position}: {letter.reason}" for letter in letters]


def _rows(built: Rebuilt) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.key, *one.shown()) for one in (built.end.first if built.end else ())]
