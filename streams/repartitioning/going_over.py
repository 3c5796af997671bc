"""The moment in which a topic takes nothing any more and what is left of it is copied."""

import asyncio
import logging
from collections.abc import Sequence

from events.observer import observer
from events.places import real
from events.positions import Partition
from events.reader import ends
from schemas.explained import Explained
from streams.repartitioning.breaking_off import Standing
from streams.repartitioning.closing import close, opened_again_unless_done
from streams.repartitioning.copying import Copier

logger = logging.getLogger(__name__)

REST_SECONDS = 30.0
"""So long the topic may be closed before it is opened again and nothing was changed."""

SETTLE_SECONDS = 1.0
"""So long nothing came to a topic that is closed: what a broker had let in is in its place."""


class NotCopied(Explained):
    """Some records are not in the new generation; nothing was changed."""


async def closed_and_copied(
    bootstrap: str,
    copier: Copier,
    old: Sequence[Partition],
    new: Sequence[Partition],
    standing: Standing,
) -> list[int]:
    """Where each new partition ends once it has all; the old ones take nothing any more.

    Where that fails, they take it again.
    """
    standing.where = "closed"
    async with (
        opened_again_unless_done(bootstrap, real(old[0]).topic, standing.opened),
        asyncio.timeout(REST_SECONDS),
    ):
        await close(bootstrap, [real(place) for place in old])
        end = await _settled(bootstrap, old)
        await copier.to(end)
        begins = await ends_at(bootstrap, new)
        if sum(begins.values()) != sum(end.values()):
            raise NotCopied(
                f"{sum(end.values())} records are to be copied, {sum(begins.values())} were:"
                " begin anew with --restart"
            )
    return [begins[place] for place in new]


async def _settled(bootstrap: str, places: Sequence[Partition]) -> dict[Partition, int]:
    end = await ends_at(bootstrap, places)
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        before, end = end, await ends_at(bootstrap, places)
        if end == before:
            return end


async def no_stragglers(bootstrap: str, copier: Copier, old: Sequence[Partition]) -> None:
    """What a broker had let in long before it put it in its place is copied, late."""
    end = await ends_at(bootstrap, old)
    if end != copier.reached:
        logger.warning("records came to a closed topic: %s to %s", copier.reached, end)
        await copier.to(end)


async def ends_at(bootstrap: str, places: Sequence[Partition]) -> dict[Partition, int]:
    """For each of `places` the offset that its next record will get."""
    async with observer(bootstrap) as consumer:
        return await ends(consumer, places)
