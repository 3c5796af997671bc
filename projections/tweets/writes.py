"""Writing the tweet store.

No event needs to know what is stored: a post inserts unless the tweet is there, an edit adds its
version unless that is there or the tweet is deleted, and a deletion is final. So the events of
one tweet may come again, in any number, as long as their first coming was in order.
"""

from bson.int64 import Int64
from pymongo import UpdateOne

from events.positions import Partition
from projections.mongo import TRANSIENT, Database, Document, insert_new
from projections.tweets.collections import Collections
from projections.view import Batch, Digest, digest_of
from schemas.events import Event, TweetDeleted, TweetEdited, TweetPosted
from schemas.topics import TWEETS

Update = UpdateOne


class TweetsView:
    name = "tweets"
    topics = (TWEETS,)
    transient = TRANSIENT

    def __init__(self, database: Database, generation: int) -> None:
        self._collections = Collections(database, generation)

    async def prepare(self) -> None:
        await self._collections.create()

    async def apply(self, batch: Batch) -> None:
        stored = self._collections
        events = [event for _, event in batch.events]
        await insert_new(stored.tweets, [_posted(e) for e in events if isinstance(e, TweetPosted)])
        await insert_new(stored.aliases, [_alias(e) for e in events if isinstance(e, TweetEdited)])
        updates = [update for event in events for update in _updates(event)]
        if updates:
            await stored.tweets.bulk_write(updates, ordered=True)
        await stored.checkpoints.advance(batch.partition, batch.start, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()

    async def digest(self) -> Digest:
        rows = [repr(sorted(d.items())).encode() async for d in self._collections.tweets.find({})]
        return digest_of(rows)

    async def drop(self) -> None:
        await self._collections.drop()

    async def close(self) -> None:
        pass


def _version(version_id: int, text: str, at: int) -> Document:
    return {"id": Int64(version_id), "text": text, "at": Int64(at)}


def _posted(event: TweetPosted) -> Document:
    document: Document = {
        "_id": Int64(event.tweet_id),
        "author": Int64(event.actor),
        "deleted": False,
        "versions": [_version(event.tweet_id, event.text, event.at)],
    }
    if event.quote_of is not None:
        document["quote_of"] = Int64(event.quote_of)
    return document


def _alias(event: TweetEdited) -> Document:
    return {"_id": Int64(event.version_id), "tweet": Int64(event.tweet_id)}


def _updates(event: Event) -> list[Update]:
    match event:
        case TweetEdited(tweet_id=tweet, actor=author, version_id=version):
            return [
                UpdateOne(
                    {
                        "_id": Int64(tweet),
                        "author": Int64(author),
                        "deleted": False,
                        "versions.id": {"$ne": Int64(version)},
                    },
                    {"$push": {"versions": _version(version, event.text, event.at)}},
                )
            ]
        case TweetDeleted(tweet_id=tweet, actor=author):
            return [
                UpdateOne(
                    {"_id": Int64(tweet), "author": Int64(author), "deleted": False},
                    {"$set": {"deleted": True}, "$unset": {"versions": "", "quote_of": ""}},
                )
            ]
        case _:
            return []
