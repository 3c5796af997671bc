"""Auditing one view: at one place in the log, what it must hold beside what it holds."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from events.positions import Partition
from projections import generations
from projections.generations import Generations
from projections.registry import VIEWS, used_by
from projections.stores import Stores
from projections.view import View
from schemas.explained import Explained
from streams.audit.contents import contents
from streams.audit.differences import Difference, differences
from streams.audit.folds import expected
from streams.audit.log import Log
from streams.audit.values import Contents
from streams.lag import reached
from streams.places import Place, log_ends, of_view

TRIES = 5
PAUSE_SECONDS = 0.5


class Unsettled(Explained):
    """The view cannot be compared now; the text says why."""


class Audited(Struct, frozen=True):
    """`keys` were compared, those of either side."""

    view: str
    events: int
    keys: int
    differences: list[Difference]


async def audit(stores: Stores, bootstrap: str, log: Log, name: str, *, seconds: float) -> Audited:
    """Waits until the view has all that is on the log now, and compares it there.

    Raises `Unsettled` when it does not come so far in `seconds`, or does not stand still while it
    is read, `BeyondTheLog`, and the stores' and Kafka's errors.
    """
    for _ in range(TRIES):
        at = await generations.current(stores.postgres)
        views = [VIEWS[used](stores, at) for used in used_by(name)]
        end = await log_ends(bootstrap, views[0])
        for view in views:
            await _comes_to(view, end, seconds)
        place = await _place(views, end)
        found = await contents(name, stores, at)
        if place is not None and place == await _place(views, end) and await _still(stores, at):
            return await _compare(name, place, log, found)
        await asyncio.sleep(PAUSE_SECONDS)
    raise Unsettled(f"{name} does not stand still: audit it when less is written")


async def _comes_to(view: View, end: Mapping[Partition, int], seconds: float) -> None:
    try:
        await reached(view, of_view(view, end), seconds=seconds)
    except TimeoutError as error:
        raise Unsettled(
            f"{view.name} has not come to the end of the log in {seconds:.0f} s:"
            " ./birdlog lag shows how far it is"
        ) from error


async def _place(views: Sequence[View], end: Mapping[Partition, int]) -> Place | None:
    """Where the first of the views stands; None where one that it uses stands elsewhere."""
    stands = [await view.checkpoints() for view in views]
    own = of_view(views[0], {partition: stands[0].get(partition, 0) for partition in end})
    for view, checkpoints in zip(views[1:], stands[1:], strict=True):
        if any(checkpoints.get(partition, 0) != own[partition] for partition in of_view(view, own)):
            return None
    return own


async def _still(stores: Stores, at: Generations) -> bool:
    return await generations.current(stores.postgres) == at


async def _compare(name: str, place: Place, log: Log, found: Contents) -> Audited:
    told = await log.before(place)
    wanted = expected(name, told)
    return Audited(
        name,
        sum(len(events) for events in told.values()),
        len(wanted.keys() | found.keys()),
        list(differences(wanted, found)),
    )
