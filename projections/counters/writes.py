"""Writing the counters.

The registers of a batch are written before its states. So a state that has seen an event tells
that the registers have it too, and an event that no state has seen is in no register that stands
before it: whatever is applied again, by whomever, and wherever the last one stopped, each event
counts once. Registers and states are absolute and only ever replaced by newer ones.

A store that is wiped between the two is left with states that nothing counts. They are found when
they are next touched; then they are forgotten, and the partition is read again from its beginning.
One that is wiped after a batch was read and before it is written gets registers that lack what was
before. So what a batch writes is noted until its checkpoint stands, and taken back when the store
turns out to have lost its place.
"""

from collections.abc import Iterable
from typing import NamedTuple

from events.positions import Partition
from projections import mongo, redis
from projections.counters.collections import Collections
from projections.counters.flags import ViewerMarks
from projections.counters.fold import Held, fold, registers_after, sources_of, uncounted
from projections.counters.sources import Marked, Source
from projections.counters.totals import Totals
from projections.mongo import Database
from projections.redis import Redis, delete_matching
from projections.view import NOTHING_DEFERRED, Batch, CheckpointBehind, Digest, digest_of
from schemas.topics import REACTIONS, REPLIES, RETWEETS, TWEETS


class Unsure(NamedTuple):
    """What batches of a partition may have written since its checkpoint last moved."""

    targets: set[int]
    sources: set[Source]


class CountersView:
    name = "counters"
    topics = (TWEETS, REPLIES, REACTIONS, RETWEETS)
    transient = (*mongo.TRANSIENT, *redis.TRANSIENT)
    deferred = NOTHING_DEFERRED

    def __init__(self, database: Database, redis: Redis, generation: int) -> None:
        self._collections = Collections(database, generation)
        self._redis = redis
        self._generation = generation
        self._totals = Totals(redis, generation)
        self._viewers = ViewerMarks(redis, generation)
        self._unsure: dict[Partition, Unsure] = {}

    async def prepare(self) -> None:
        await self._collections.create()

    async def apply(self, batch: Batch) -> None:
        unsure = self._unsure.setdefault(batch.partition, Unsure(set(), set()))
        try:
            await self._apply(batch, unsure)
        except CheckpointBehind:
            if unsure.sources:
                await self._collections.take_back(batch.partition, *unsure)
            self._unsure.pop(batch.partition, None)
            raise
        self._unsure.pop(batch.partition, None)

    async def _apply(self, batch: Batch, unsure: Unsure) -> None:
        stored, partition = self._collections, batch.partition
        await stored.checkpoints.begin(partition, batch.start)
        states = await stored.states(sources_of(batch.events))  # before the registers
        folded = fold(batch.events, states)
        targets = {change.target for change in folded.changes}
        targets.update(*(held.state.changed for held in states.values()))
        registers = await stored.registers(partition, targets)
        await stored.checkpoints.require(partition, batch.start)  # else they were read too late
        if lost := uncounted(partition.topic, states, registers):
            await stored.forget(partition, lost)
            raise CheckpointBehind(partition, 0)
        changed = registers_after(folded.changes, registers)
        unsure.targets.update(changed)
        unsure.sources.update(folded.states)
        await stored.put_registers(partition, changed, registers)
        await stored.put_states(folded.states, states)
        await self._show(list((states | folded.states).values()))
        await stored.checkpoints.advance(partition, batch.start, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()

    async def digest(self) -> Digest:
        return digest_of([row async for row in self._collections.rows()])

    async def drop(self) -> None:
        await self._collections.drop()
        await delete_matching(self._redis, f"counters.g{self._generation}:*")

    async def close(self) -> None:
        pass

    async def _show(self, states: Iterable[Held]) -> None:
        """Brings what readers hold in Redis up to date, also for what was applied before:

        whoever applied it may have stopped before coming here.
        """
        targets: set[int] = set()
        by_viewer: dict[int, list[Held]] = {}
        for held in states:
            targets.update(held.state.targets)
            if isinstance(held.state, Marked):
                by_viewer.setdefault(held.state.user, []).append(held)
        if targets:
            read = await self._totals.held(targets)
            await self._totals.put(await self._collections.totals(read))
        await self._viewers.update(by_viewer)
