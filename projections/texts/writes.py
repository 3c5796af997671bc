"""Writing tweets or replies.

No event needs to know what is stored: a post inserts unless the tweet is there, an edit adds its
version unless that is there or the tweet is deleted, and a deletion is final. So the events of
one tweet may come again, in any number, as long as their first coming was in order; of edits, the
order does not matter.
"""

from collections.abc import AsyncIterator, Mapping

from bson.int64 import Int64

from events.positions import Partition
from projections.mongo import TRANSIENT, Document, insert_new, write
from projections.texts.changes import Change, deleted, edited
from projections.texts.collections import Collections
from projections.texts.documents import document_of, tweet_of
from projections.view import NOTHING_DEFERRED, Batch, Digest, Recorded, digest_over
from schemas.events import ReplyDeleted, Rewritten, TweetDeleted, Written


class TextsView:
    """Its `_changes` say what the events do that no other such view knows."""

    transient = TRANSIENT
    deferred = NOTHING_DEFERRED

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    async def prepare(self) -> None:
        await self._collections.checkpoints.create()

    async def apply(self, batch: Batch) -> None:
        """What comes too early to a store that was wiped is refused: edits have an order."""
        checkpoints, partition = self._collections.checkpoints, batch.partition
        await checkpoints.begin(partition, batch.start)
        since = await checkpoints.since(partition, batch.start)
        await self._write(batch)
        await checkpoints.advance(partition, batch.start, batch.next_offset, since)

    async def _write(self, batch: Batch) -> None:
        await self._store(batch, {})

    async def _store(self, batch: Batch, fields: Mapping[int, Document]) -> set[int]:
        """What is written gets its `fields` as well. Returns the tweets that were there before."""
        stored = self._collections
        written: dict[int, Written] = {}
        quotes, aliases, changes = [], [], []
        for recorded in batch.events:
            match recorded.event:
                case Written() as event:
                    written.setdefault(event.tweet_id, event)
                    if event.quote_of is not None:
                        quotes.append(_quote(event.tweet_id, event.quote_of))
                case Rewritten() as event:
                    aliases.append(_alias(event))
                    changes.append(edited(event))
                case TweetDeleted() | ReplyDeleted() as event:
                    changes.append(deleted(event))
                case _:
                    changes += self._changes(recorded)
        new = {
            tweet: document_of(tweet_of(event)) | fields.get(tweet, {})
            for tweet, event in written.items()
        }
        for change in changes:
            if change.tweet_id in new:
                change.make(new[change.tweet_id])
        there = {
            int(document["_id"]) for document in await insert_new(stored.texts, list(new.values()))
        }
        await insert_new(stored.quotes, quotes)
        await insert_new(stored.aliases, aliases)
        updates = [c.update for c in changes if c.tweet_id not in new or c.tweet_id in there]
        await write(stored.texts, updates, ordered=True)
        return there

    def _changes(self, recorded: Recorded) -> list[Change]:
        return []

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.whole()

    async def digest(self) -> Digest:
        return await digest_over(self._rows())

    async def _rows(self) -> AsyncIterator[bytes]:
        for one in self._collections.data:
            async for document in one.collection.find({}):
                yield self._row(document)

    def _row(self, document: Document) -> bytes:
        return repr(sorted(document.items())).encode()

    async def drop(self) -> None:
        await self._collections.drop()

    async def close(self) -> None:
        pass


def _alias(event: Rewritten) -> Document:
    return {"_id": Int64(event.version_id), "tweet": Int64(event.tweet_id)}


def _quote(tweet_id: int, quoted: int) -> Document:
    return {"_id": Int64(tweet_id), "of": Int64(quoted)}
