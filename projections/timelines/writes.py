"""Writing the timelines.

No tweet is lost to a race: a post first enters its author's timeline and then looks for
followers, a follow first waits until the graph has the edge and then merges the author's
timeline. Whatever the interleaving, one of the two sees the other.
"""

import logging
import time
from collections.abc import Iterable, Mapping

from events.positions import Partition, Position
from projections.checkpoints.redis import Checkpoints, Standing
from projections.graph import Graph
from projections.redis import TRANSIENT, Argument, Call, Redis, call_all, delete_matching
from projections.timelines import silences
from projections.timelines.convoy import Convoy
from projections.timelines.entries import CAP, Post, pack
from projections.timelines.fanout import LATE_SLICE, SLICE, Errand, FanOut
from projections.timelines.follows import Follows
from projections.timelines.heard import Heard
from projections.timelines.keys import Keys
from projections.timelines.rows import rows
from projections.timelines.scripts import LEAVE, WRITE
from projections.view import Batch, CheckpointBehind, Digest, digest_over
from schemas.events import RetweetRemoved, TweetDeleted, TweetPosted, TweetRetweeted
from schemas.topics import GRAPH, RETWEETS, TWEETS
from schemas.tweets import Entry

logger = logging.getLogger(__name__)

CELEBRITY = 100_000
"""Accounts with so many followers are merged when read instead of fanned out."""

AT_ONCE = 1_000
"""Up to so many followers a post is delivered within its batch, before the next one starts."""

LATE_MS = 10_000
"""A batch that is older than this is a backlog: there, order and few trips count for more than
that no author waits for another, so that every author but a celebrity is served at once."""

LEFT_SECONDS = 86_400
"""Longer than any worker sleeps that was replaced in the middle of a batch, and than a post that
was deleted may be tried again (`FORGET_AFTER` in `gateway/claims.py`)."""

POSTS_AT_ONCE = 100
"""Posts whose audience is held in memory together."""


class TimelinesView:
    name = "timelines"
    topics = (TWEETS, RETWEETS, GRAPH)

    def __init__(
        self,
        redis: Redis,
        generation: int,
        graph: Graph,
        *,
        cap: int = CAP,
        celebrity: int = CELEBRITY,
        at_once: int = AT_ONCE,
    ) -> None:
        self.transient = (*TRANSIENT, *graph.transient)
        self._redis = redis
        self._graph = graph
        self._keys = Keys(generation)
        self._cap = cap
        self._celebrity = celebrity
        self._at_once = at_once
        self._checkpoints = Checkpoints(redis, self._keys.checkpoints)
        self._fan_out = FanOut(redis, self._keys, graph, cap, self._finished)
        self._convoy = Convoy(self._send_out_late)
        self._heard = Heard(redis, self._keys)
        self._follows = Follows(redis, self._keys, graph, cap)
        self._reached: dict[Partition, int] = {}
        self._stored: dict[Partition, int] = {}
        self._since: dict[Partition, bytes] = {}

    @property
    def deferred(self) -> Mapping[Partition, int]:
        return dict(self._stored)

    async def prepare(self) -> None:
        """Redis needs nothing."""

    async def apply(self, batch: Batch) -> None:
        held = await self._checkpoints.begin(batch.partition, self._stands(batch))
        self._go_on(batch, held)
        if batch.partition.topic == GRAPH.name:
            await silences.apply(self._redis, self._keys, batch.events)
            await self._follows.apply(batch)
        else:
            await self._apply_tweets(_unknown(batch, held.next_offset), held.since)
        self._reached[batch.partition] = batch.next_offset
        self._stored[batch.partition] = self._stands(batch)
        self._since[batch.partition] = held.since
        await self._advance(batch.partition)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def digest(self) -> Digest:
        return await digest_over(rows(self._redis, self._keys, self._cap))

    async def drop(self) -> None:
        await delete_matching(self._redis, self._keys.pattern)

    async def close(self) -> None:
        await self._convoy.close()
        await self._fan_out.close()

    def _stands(self, batch: Batch) -> int:
        """Where the checkpoint is at least, which may be before what is not delivered yet."""
        return min(self._stored.get(batch.partition, batch.start), batch.start)

    def _go_on(self, batch: Batch, held: Standing) -> None:
        """Raises `CheckpointBehind` where the store has lost what came before the batch."""
        if self._since.get(batch.partition, held.since) != held.since:
            self._forget(batch.partition)
            if held.next_offset < batch.start:
                raise CheckpointBehind(batch.partition, held.next_offset)

    def _forget(self, partition: Partition) -> None:
        for known in (self._stored, self._reached, self._since):
            known.pop(partition, None)

    async def _apply_tweets(self, batch: Batch, since: bytes) -> None:
        posts, gone = _fold(batch, since)
        await self._write_authors(posts, gone)
        if not posts:
            return
        if time.time() * 1000 - batch.events[-1].event.at > LATE_MS:
            await self._convoy.join(posts)
        else:
            await self._send_out(posts, self._at_once, SLICE)

    async def _send_out_late(self, posts: list[Post]) -> None:
        for start in range(0, len(posts), POSTS_AT_ONCE):
            await self._send_out(posts[start : start + POSTS_AT_ONCE], self._celebrity, LATE_SLICE)

    async def _write_authors(self, posted: Iterable[Post], gone: Iterable[Post]) -> None:
        """What has left a list is remembered for a while: a worker that was replaced in the middle
        of a batch must not put it in again when it goes on. So it leaves first, and what was posted
        comes where it was posted later."""
        keys = self._keys
        calls: list[Call] = [
            (LEAVE, [keys.author(author), keys.left(author)], [LEFT_SECONDS, *entries])
            for author, entries in _by_author(gone).items()
        ]
        await call_all(self._redis, calls)
        calls = [
            (WRITE, [keys.author(author), keys.left(author)], [self._cap, *entries])
            for author, entries in _by_author(posted).items()
        ]
        await call_all(self._redis, calls)

    async def _send_out(self, posts: list[Post], at_once: int, slice_: int) -> None:
        """Delivers posts of authors with up to `at_once` followers, and queues the others."""
        authors = {post.entry.author for post in posts}
        heard = await self._heard.all()
        async with self._graph.at_one_moment() as graph:
            await graph.require(heard)
            counts = await graph.counts(authors)
            followers = {author: found.followers for author, found in counts.items()}
            famous = {a for a in authors if followers.get(a, 0) >= self._celebrity}
            many = {a for a in authors - famous if followers.get(a, 0) > at_once}
            followers_of = await graph.followers_of(authors - famous - many)
        unmarked = {a for a in famous if await self._becomes_celebrity(a)}
        errands: dict[tuple[int, Partition], Errand] = {}
        for entry, (partition, offset), since in posts:
            if entry.author not in unmarked and entry.author not in many:
                continue
            errand = errands.setdefault(
                (entry.author, partition),
                Errand(
                    partition, offset, since, entry.author, b"", celebrity=entry.author in famous
                ),
            )
            errand.offset = min(errand.offset, offset)
            if not errand.celebrity:
                errand.entries += pack([entry])
        audience = {author: [author, *followers_of.get(author, ())] for author in authors}
        await self._fan_out.deliver((post.entry for post in posts), audience, slice_)
        await self._fan_out.queue(list(errands.values()))

    async def _becomes_celebrity(self, author: int) -> bool:
        """Whether followers have yet to learn of it. From here on, follows mark by themselves."""
        await self._redis.sadd(self._keys.celebrities, author)
        return not await self._redis.sismember(self._keys.marked, str(author))

    async def _finished(self, errand: Errand) -> None:
        if errand.celebrity:
            await self._checkpoints.add_if_held(
                self._keys.marked, errand.author, errand.partition, errand.since
            )
        try:
            await self._advance(errand.partition)
        except CheckpointBehind as behind:
            logger.warning("%s: whoever feeds this view will read on from there", behind)

    async def _advance(self, partition: Partition) -> None:
        if partition not in self._reached:
            return
        oldest = self._fan_out.oldest(partition)
        reached = self._reached[partition]
        safe = reached if oldest is None else min(oldest, reached)
        stored = self._stored[partition]
        if safe < stored:
            return
        try:
            await self._checkpoints.advance(partition, stored, safe, self._since[partition])
        except CheckpointBehind:
            self._forget(partition)
            raise
        if partition in self._stored:
            self._stored[partition] = max(self._stored[partition], safe)


def _unknown(batch: Batch, stored: int) -> Batch:
    """Without what is in the store: a post that comes late must not undo its deletion."""
    if stored <= batch.start:
        return batch
    return batch._replace(events=[known for known in batch.events if known.offset >= stored])


def _by_author(posts: Iterable[Post]) -> dict[int, list[Argument]]:
    """Entries and offsets in turns."""
    found: dict[int, list[Argument]] = {}
    for entry, (_, offset), _ in posts:
        found.setdefault(entry.author, []).extend((pack([entry]), offset))
    return found


def _fold(batch: Batch, since: bytes) -> tuple[list[Post], list[Post]]:
    """What was posted and retweeted, by id, and which entries have left their authors' lists, even
    if they came again."""
    posts: list[Post] = []
    gone: dict[Entry, Post] = {}
    for offset, event in batch.events:
        position = Position(batch.partition, offset)
        match event:
            case TweetPosted(tweet_id=tweet, actor=author):
                posts.append(Post(Entry(tweet, author, tweet), position, since))
            case TweetRetweeted(retweet_id=retweet, actor=author, tweet_id=tweet):
                posts.append(Post(Entry(retweet, author, tweet), position, since))
            case TweetDeleted(tweet_id=tweet, actor=author):
                entry = Entry(tweet, author, tweet)
                gone[entry] = Post(entry, position, since)
            case RetweetRemoved(retweet_id=retweet, actor=author, tweet_id=tweet):
                entry = Entry(retweet, author, tweet)
                gone[entry] = Post(entry, position, since)
            case _:
                pass
    return sorted(posts), list(gone.values())
