"""A page of replies below a tweet that has very many, against one below a tweet that has few."""

import time
from collections.abc import Sequence

from bench.row import Row, at_most, percentile
from gateway.reply_tree import ReplyTree
from projections.mongo import Document
from projections.replies import ReplyStore
from projections.replies.collections import ReplyCollections
from projections.stores import Stores
from projections.texts.documents import document_of
from schemas.tweets import Reference, Reply, Tweet, Version

GENERATION = 1_000_000
MANY, FEW = Tweet(1, 1, ()), Tweet(2, 1, ())
COUNTS = {MANY: 100_000, FEW: 30}
PAGE = 20
BATCH = 1_000
RUNS = 300
TARGET = 1.5


async def reply_pages(stores: Stores) -> list[Row]:
    """Median times, the newest and the most liked first, of both in turns."""
    collections = ReplyCollections(stores.mongo, GENERATION)
    await collections.checkpoints.create()
    for root, count in COUNTS.items():
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            await collections.texts.insert_many([_reply(root, n) for n in numbers], ordered=False)
    rows = []
    for by_likes, order in ((False, "newest first"), (True, "most liked first")):
        tree = ReplyTree(ReplyStore(stores.mongo, GENERATION), _all, by_likes=by_likes)
        times: dict[Tweet, list[float]] = {MANY: [], FEW: []}
        for _ in range(RUNS):
            for root, taken in times.items():
                started = time.perf_counter()
                page = await tree.page(root, hidden=False, token=None, limit=PAGE)
                taken.append((time.perf_counter() - started) * 1_000)
                assert len(page.tweets) == PAGE
        many, few = (percentile(taken, 0.5) for taken in times.values())
        rows.append(at_most(f"replies of {COUNTS[MANY]:,}, {order}", "ms", many, few, TARGET))
    await collections.drop()
    return rows


async def _all(replies: Sequence[Tweet]) -> Sequence[Tweet]:
    """Everybody may be seen."""
    return replies


def _reply(root: Tweet, number: int) -> Document:
    reply_id = root.tweet_id * 1_000_000 + number
    said = Version(reply_id, "A reply of the usual length, with nothing much to say", 1)
    reference = Reference(root.tweet_id, root.author)
    document = document_of(
        Tweet(reply_id, number % 1_000, (said,), reply=Reply(reference, reference))
    )
    return document | {"likes": number * 7_919 % 1_000}
