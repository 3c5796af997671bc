"""Reading counters, who marked a tweet, and what a viewer has marked."""

import logging
from collections.abc import Iterable, Sequence
from typing import Literal

from bson.int64 import Int64

from events.positions import Partition, Position
from projections import redis
from projections.checkpoints.mongo import Standing
from projections.counters import flags, totals
from projections.counters.collections import Collections, mark_from
from projections.counters.counts import Counts
from projections.counters.flags import Flags, ViewerMarks
from projections.counters.fold import Held
from projections.counters.sources import NONE, Family, Marked, mark_id
from projections.counters.totals import Totals
from projections.mongo import Database
from projections.redis import Redis
from schemas.ids import MAX_ID
from schemas.topics import REACTIONS, REPLIES, RETWEETS, TWEETS

logger = logging.getLogger(__name__)

Kind = Literal["like", "dislike", "bookmark", "retweet"]


class Counters:
    """Redis answers for what is read often; MongoDB for the rest, and for all while Redis is away.

    `total_keys` and `complete_totals`, and `flags_key` and `complete_flags`, are the halves of `of`
    and `flags` for a caller who gets more from Redis with the same MGET.
    """

    topics = (TWEETS.name, REPLIES.name, REACTIONS.name, RETWEETS.name)

    def __init__(self, database: Database, redis: Redis, generation: int) -> None:
        self._collections = Collections(database, generation)
        self._totals = Totals(redis, generation)
        self._viewers = ViewerMarks(redis, generation)

    async def of(self, targets: Iterable[int]) -> dict[int, Counts]:
        """The counters of each tweet, reply or user, also of those that have none."""
        asked = list(dict.fromkeys(targets))
        try:
            values = await self._totals.get(asked)
        except redis.TRANSIENT as error:
            logger.warning("reading past the totals: %r", error)
            return await self._collections.totals(asked)
        return await self.complete_totals(asked, values)

    async def stored(self, targets: Iterable[int]) -> dict[int, Counts]:
        """The same from MongoDB alone."""
        return await self._collections.totals(targets)

    async def reactions(self, targets: Iterable[int]) -> dict[int, Counts]:
        """What the reactions alone add up to, for a view that keeps a copy of the likes.

        Neither the counts nor their `as_of` depend on how far the other topics are counted.
        """
        return await self._collections.totals(targets, REACTIONS)

    async def with_event(self, target: int, position: Position) -> tuple[Counts, bool]:
        """The counters from MongoDB, and whether the event at `position` is in them already."""
        counts, end = await self._collections.total_with(target, position.partition)
        return counts, end > position.offset

    def total_keys(self, targets: Iterable[int]) -> list[str]:
        """The keys to MGET."""
        return self._totals.keys(targets)

    async def complete_totals(
        self, targets: Sequence[int], values: Sequence[bytes | None]
    ) -> dict[int, Counts]:
        """`values` are those of `total_keys`; what is missing is read, and kept in Redis."""
        found: dict[int, Counts] = {}
        missing = []
        for target, value in zip(targets, values, strict=True):
            counts = totals.parse(value)
            if counts is None:
                missing.append(target)
            else:
                found[target] = counts
        return found | await self._filled(missing) if missing else found

    async def flags(self, viewer: int, tweets: Iterable[int]) -> dict[int, Flags]:
        """What the viewer has done to each of the tweets."""
        asked = list(dict.fromkeys(tweets))
        if not asked:
            return {}
        try:
            value = await self._viewers.get(viewer)
        except redis.TRANSIENT as error:
            logger.warning("reading past the marks: %r", error)
            return await self._stored_flags(viewer, asked)
        return await self.complete_flags(viewer, asked, value)

    def flags_key(self, viewer: int) -> str:
        """The key to GET."""
        return self._viewers.key(viewer)

    async def complete_flags(
        self, viewer: int, tweets: Sequence[int], value: bytes | None
    ) -> dict[int, Flags]:
        """`value` is that of `flags_key`; what it does not tell is read, and the newest kept."""
        found = flags.parse(tweets, value)
        if found is None:
            found = {}
            await self._load(viewer)
        missing = [tweet for tweet in tweets if tweet not in found]
        return found | await self._stored_flags(viewer, missing) if missing else found

    async def on_tweet(
        self, tweet: int, kind: Kind, *, place: int = MAX_ID, newer: bool = False, limit: int
    ) -> list[Marked]:
        """Who did it to the tweet, by events lower than `place`, the newest first; or those who are
        `newer`, by higher ones, the oldest first."""
        return await self._listed("tweet", tweet, kind, place, newer, limit)

    async def by_user(
        self, user: int, kind: Kind, *, place: int = MAX_ID, newer: bool = False, limit: int
    ) -> list[Marked]:
        """To which tweets the user did it, in the same orders."""
        return await self._listed("user", user, kind, place, newer, limit)

    async def vote_of(self, user: int, tweet: int) -> int | None:
        """The option that the user voted for, from 1."""
        kind = await self.mark_of(user, tweet, "vote")
        return None if kind is None else int(kind.removeprefix("votes_"))

    async def mark_of(self, user: int, tweet: int, family: Family) -> str | None:
        """The kind of the user's mark on the tweet, also on one that was deleted."""
        for held in (await self._collections.states([mark_id(family, user, tweet)])).values():
            if isinstance(held.state, Marked) and held.state.kind != NONE:
                return held.state.kind
        return None

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()

    async def standing(self) -> dict[Partition, Standing]:
        return await self._collections.checkpoints.standing()

    async def stood(self) -> dict[Partition, Standing]:
        return await self._collections.checkpoints.stood()

    async def _listed(
        self, side: str, of: int, kind: str, place: int, newer: bool, limit: int
    ) -> list[Marked]:
        found = await self._held(side, of, kind, place, newer, limit)
        return [held.state for held in found if isinstance(held.state, Marked)]

    async def _held(
        self, side: str, of: int, kind: str, place: int, newer: bool, limit: int
    ) -> list[Held]:
        bound, order = ("$gt", 1) if newer else ("$lt", -1)
        documents = (
            self._collections.marks.find(
                {side: Int64(of), "kind": kind, "event": {bound: Int64(place)}}
            )
            .sort("event", order)
            .limit(limit)
        )
        return [Held(mark_from(document), int(document["o"])) async for document in documents]

    async def _filled(self, missing: Sequence[int]) -> dict[int, Counts]:
        """What is stored, put where the next reader finds it."""
        try:
            await self._totals.open(missing)
            stored = await self._collections.totals(missing)
            await self._totals.put(stored)
        except redis.TRANSIENT as error:
            logger.warning("totals are not kept: %r", error)
            stored = await self._collections.totals(missing)
        return stored

    async def _load(self, viewer: int) -> None:
        try:
            head = await self._viewers.open(viewer)
            if head is None:
                return
            marks: list[Held] = []
            oldest = 0
            for kind in flags.KINDS:
                newest = await self._held("user", viewer, kind, MAX_ID, False, flags.LOADED)
                marks += newest
                last = newest[-1].state if len(newest) == flags.LOADED else None
                oldest = max(oldest, last.event if isinstance(last, Marked) else 0)
            # what was taken back lately: an older mark that comes late must find the newer one
            marks += await self._held("user", viewer, NONE, MAX_ID, False, flags.LOADED)
            await self._viewers.load(viewer, head, flags.floor_of(oldest), marks)
        except redis.TRANSIENT as error:
            logger.warning("marks are not kept: %r", error)

    async def _stored_flags(self, viewer: int, tweets: Sequence[int]) -> dict[int, Flags]:
        sources = {
            mark_id(family, viewer, tweet): tweet
            for family in ("reaction", "bookmark", "retweet")
            for tweet in tweets
        }
        kinds: dict[int, set[str]] = {tweet: set() for tweet in tweets}
        for held in (await self._collections.states(sources)).values():
            if isinstance(held.state, Marked) and held.state.kind != NONE:
                kinds[held.state.tweet].add(held.state.kind)
        return {tweet: flags.flags_of(of_tweet) for tweet, of_tweet in kinds.items()}
