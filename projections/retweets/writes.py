"""Writing who retweets what."""

from events.positions import Partition
from projections.mongo import TRANSIENT, Database, insert_new, write
from projections.retweets.collections import Collections
from projections.retweets.documents import document_of, latest, replacement
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_over
from schemas.topics import RETWEETS


class RetweetsView:
    name = "retweets"
    topics = (RETWEETS,)
    transient = TRANSIENT
    deferred = NOTHING_DEFERRED

    def __init__(self, database: Database, generation: int) -> None:
        self._collections = Collections(database, generation)

    async def prepare(self) -> None:
        await self._collections.checkpoints.create()

    async def apply(self, batch: Batch) -> None:
        stored = self._collections
        await stored.checkpoints.begin(batch.partition, batch.start)
        since = await stored.checkpoints.since(batch.partition, batch.start)
        documents = [document_of(said) for said in latest(batch.events)]
        known = await insert_new(stored.retweets, documents)
        await write(stored.retweets, [replacement(one) for one in known], ordered=False)
        await stored.checkpoints.advance(batch.partition, batch.start, batch.next_offset, since)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.whole()

    async def digest(self) -> Digest:
        found = self._collections.retweets.find({})
        return await digest_over(repr(sorted(row.items())).encode() async for row in found)

    async def drop(self) -> None:
        await self._collections.drop()

    async def close(self) -> None:
        pass
