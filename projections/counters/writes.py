"""Writing the counters.

The registers of a batch are written before its states. So a state that has seen an event tells
that the registers have it too, and an event that no state has seen is in no register that stands
before it: whatever is applied again, by whomever, and wherever the last one stopped, each event
counts once. Registers and states are absolute and only ever replaced by newer ones.

A store that loses its data begins to hold a partition anew, at another time, and all that is
written says since when the store had held what its writer had read (collections.py). So whatever a
batch still writes to a store that was wiped under it, be it an hour later, counts for nothing. A
collection that is lost alone is noticed before anything is written. Where only registers are lost,
states are left that nothing counts: they are found when they are next touched, and then the
partition is read again from its beginning.
"""

from collections.abc import Iterable

from events.positions import Partition
from projections import mongo, redis
from projections.counters.collections import Collections
from projections.counters.flags import ViewerMarks
from projections.counters.fold import Held, fold, registers_after, sources_of, uncounted
from projections.counters.sources import Marked
from projections.counters.totals import Totals
from projections.mongo import Database
from projections.redis import Redis, delete_matching
from projections.view import NOTHING_DEFERRED, Batch, CheckpointBehind, Digest, digest_over
from schemas.topics import REACTIONS, REPLIES, RETWEETS, TWEETS


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

    async def prepare(self) -> None:
        await self._collections.create()

    async def apply(self, batch: Batch) -> None:
        stored, partition = self._collections, batch.partition
        place = await stored.place(partition, batch.start)
        sources = sources_of(batch.events) if batch.start else ()  # the first follows upon nothing
        states = await stored.states(sources, place)  # before the registers
        folded = fold(batch.events, states)
        targets = {change.target for change in folded.changes}
        targets.update(*(held.state.changed for held in states.values()))
        registers = await stored.registers(place, targets)
        await stored.checkpoints.require()  # after what was read, else it would be counted on
        if uncounted(partition.topic, states, registers):
            await stored.checkpoints.forget(*place)
            raise CheckpointBehind(partition, 0)
        changed = registers_after(folded.changes, registers)
        await stored.put_registers(place, changed, registers)
        await stored.put_states(place, folded.states, states)
        await self._show(list((states | folded.states).values()))
        await stored.checkpoints.advance(partition, batch.start, batch.next_offset, place.since)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.whole()

    async def digest(self) -> Digest:
        return await digest_over(self._collections.rows())

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
