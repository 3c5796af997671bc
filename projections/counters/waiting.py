"""Waiting for the counters, in a view that keeps copies of them.

Who handles a mark first waits until the counters have it and then looks for its own document; who
handles a document first writes it and then sees whether the counters have moved. So whichever comes
first, one of the two sees the other.

That holds as long as the counters keep what they have. Their store may come back empty, or as it
was some time ago, and be filled again: then counts are not to be taken until they hold all that was
followed before, of every partition. A count that lacks some would be older than the copy that it is
to replace, and nobody would come back for it.

Who writes a document with its count reads that first. It needs no second look as long as the
counters stand where they stood before the first: marks that are counted since are followed by
somebody who finds the document.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from events.positions import Partition
from projections.checkpoints.mongo import NOWHERE, Standing
from projections.counters.counts import Counts
from projections.view import Batch
from schemas.events import ReactionCleared, TweetDisliked, TweetLiked, Written
from schemas.topics import REACTIONS

POLL_SECONDS = 0.005
WAIT_SECONDS = 5.0


class CountersBehind(Exception):
    """The counters view has not got as far as these events yet."""


class Counting(Protocol):
    async def reactions(self, targets: Collection[int]) -> dict[int, Counts]: ...

    async def stood(self) -> dict[Partition, Standing]: ...

    async def standing(self) -> dict[Partition, Standing]: ...


class Known(NamedTuple):
    """What the reactions add up to, and where the counters stood before it was read."""

    counts: Mapping[int, Counts]
    stood: Mapping[Partition, Standing]


async def first_look(counters: Counting, batch: Batch) -> Known:
    """Of what is written in the batch; the counts may be newer than where the counters stood."""
    written = {event.tweet_id for _, event in batch.events if isinstance(event, Written)}
    if not written:
        return Known({}, {})
    stood = _of_reactions(await counters.stood())
    return Known(await counters.reactions(written), stood)


def marked(batch: Batch) -> set[int]:
    """What the batch's likes, dislikes and their ends are of."""
    if batch.partition.topic != REACTIONS.name:
        return set()
    return {
        event.tweet_id
        for _, event in batch.events
        if isinstance(event, TweetLiked | TweetDisliked | ReactionCleared)
    }


def followed(batch: Batch, stands: Mapping[Partition, int]) -> dict[Partition, int]:
    """What the counters need to hold before a view that stands there copies counts for a batch."""
    reactions = {p: end for p, end in stands.items() if p.topic == REACTIONS.name}
    if batch.partition.topic != REACTIONS.name:
        return reactions
    return reactions | {batch.partition: max(batch.next_offset, reactions.get(batch.partition, 0))}


@asynccontextmanager
async def counted(
    counters: Counting, needed: Mapping[Partition, int]
) -> AsyncIterator[Mapping[Partition, Standing]]:
    """What is read of the counters in the block holds all events before the offsets in `needed`.

    Yields where the counters stand as it begins. Raises `CountersBehind` when they do not have the
    events after `WAIT_SECONDS`, or, at the end of the block, when they may have lost some of them
    on the way.
    """
    before = await _reached(counters, needed)
    yield before
    after = await counters.standing() if needed else {}
    for partition in needed:
        then, now = before.get(partition, NOWHERE), after.get(partition, NOWHERE)
        if now.writer != then.writer or now.next_offset < then.next_offset:
            raise CountersBehind(f"{partition} is counted by somebody else")


async def unmoved(counters: Counting, known: Known, needed: Mapping[Partition, int]) -> bool:
    """Whether the first look was the last: the counters stand where they stood, and hold `needed`.

    Nothing is read after it, so that nothing can be lost on the way.
    """
    stands = _of_reactions(await counters.standing())
    return stands == known.stood and not _lacking(stands, needed)


async def _reached(
    counters: Counting, needed: Mapping[Partition, int]
) -> dict[Partition, Standing]:
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while True:
        stands = _of_reactions(await counters.standing())
        lacking = _lacking(stands, needed)
        if not lacking:
            return stands
        if asyncio.get_running_loop().time() > deadline:
            raise CountersBehind(f"{lacking[0]} has not reached {needed[lacking[0]]}")
        await asyncio.sleep(POLL_SECONDS)


def _lacking(
    stands: Mapping[Partition, Standing], needed: Mapping[Partition, int]
) -> list[Partition]:
    return [p for p, end in needed.items() if stands.get(p, NOWHERE).next_offset < end]


def _of_reactions(stands: Mapping[Partition, Standing]) -> dict[Partition, Standing]:
    """Of the partitions that decide what the reactions add up to."""
    return {p: standing for p, standing in stands.items() if p.topic == REACTIONS.name}
