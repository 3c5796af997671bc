"""How each part of a stack fares."""

from collections import Counter
from typing import Any

import typer
from msgspec import Struct
from rich.text import Text

from deploy.stack import Stack
from events.dead_letters import all_letters
from projections import generations
from projections.cache import hit_rate
from projections.registry import VIEWS
from projections.stores import open_stores
from schemas.servers import Servers
from streams.commands.running import UNREACHABLE, AsJson, run, servers_of
from streams.console import show_json, show_table
from streams.lag import measure
from streams.parts import WORKERS, parts

app = typer.Typer()


class _Known(Struct, frozen=True):
    """What is known beside the parts' own health: details by part, open letters by view."""

    details: dict[str, str]
    letters: Counter[str]


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell of each part: its address, whether it is healthy, and how far it lags."""
    stack = Stack()
    servers = servers_of(stack)

    async def ask() -> list[dict[str, Any]]:
        found = await stack.health(parts(stack))
        known = await _known(servers)
        return [
            {
                "name": part.name,
                "address": part.address,
                "healthy": part.healthy,
                "degraded": _degraded(part.name, known.letters),
                "detail": part.detail + known.details.get(part.name, ""),
            }
            for part in found
        ]

    found = run(ask())
    if as_json:
        show_json({"parts": found})
    else:
        show_table(
            ["part", "", "address", "detail"],
            [[part["name"], _state(part), part["address"], _detail(part)] for part in found],
        )
    if not all(part["healthy"] for part in found):
        raise typer.Exit(1)


def _degraded(part: str, letters: Counter[str]) -> dict[str, int]:
    """The views of a worker that have open dead letters, and how many."""
    views = WORKERS.get(part.removeprefix("worker-"), ())
    return {view: letters[view] for view in views if letters[view]}


def _state(part: dict[str, Any]) -> Text:
    if not part["healthy"]:
        return Text("down", "red")
    return Text("degraded", "yellow") if part["degraded"] else Text("healthy", "green")


def _detail(part: dict[str, Any]) -> str:
    letters = [f", {count} dead letters of {view}" for view, count in part["degraded"].items()]
    return str(part["detail"]) + "".join(letters)


async def _known(servers: Servers) -> _Known:
    try:
        async with open_stores(servers) as stores:
            lags = await measure(stores, servers.kafka, list(VIEWS))
            at = await generations.current(stores.postgres)
            rate = await hit_rate(stores.redis, at["cache"])
        letters = await all_letters(servers.kafka)
    except UNREACHABLE:
        return _Known({}, Counter())
    hits = f", the cache had {rate.share:.1%} of {rate.asked:,} tweets" if rate.asked else ""
    details = {"gateway": hits} | {
        f"worker-{name}": f", {sum(lag.behind for lag in lags.views if lag.view in views)} behind"
        for name, views in WORKERS.items()
    }
    return _Known(details, Counter(one.view for one in letters.values() if one.settled is None))
