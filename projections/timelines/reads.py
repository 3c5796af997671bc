"""Reading the timelines, and building those that nobody has read for a while."""

import heapq
from collections.abc import Iterable, Sequence
from operator import eq
from typing import NamedTuple

from events.positions import Partition
from projections.checkpoints.redis import Checkpoints
from projections.graph import Graph
from projections.redis import Call, Redis, call_all
from projections.timelines.entries import CAP, COMPLETE, Entries, building, pack, unpack
from projections.timelines.fanout import HOME_SECONDS
from projections.timelines.follows import author_lists, famous_among
from projections.timelines.heard import Heard
from projections.timelines.keys import Keys
from projections.timelines.scripts import HOME, MARK, MERGE, OPEN, PART
from projections.timelines.silences import hidden_in, silenced_in
from schemas.ids import MAX_ID
from schemas.topics import GRAPH, RETWEETS, TWEETS
from schemas.tweets import Entry

AUTHORS_AT_ONCE = 64
SPARE = 24
"""Entries read beyond those asked for, so that a silenced author seldom costs another trip."""


class Home(NamedTuple):
    """Entries, newest first, and whose tweets must not be shown, whoever retweets them."""

    entries: Entries
    silenced: frozenset[int] = frozenset()


class _Collected(NamedTuple):
    """What is shown of a home that stays open: entries, and authors to be merged with them."""

    entries: Sequence[Entry] = ()
    famous: Sequence[int] = ()


class Timelines:
    topics = (TWEETS.name, RETWEETS.name, GRAPH.name)

    def __init__(self, redis: Redis, generation: int, graph: Graph, *, cap: int = CAP) -> None:
        self._redis = redis
        self._graph = graph
        self._cap = cap
        self._keys = Keys(generation)
        self._checkpoints = Checkpoints(redis, self._keys.checkpoints)
        self._heard = Heard(redis, self._keys)

    async def home(
        self, user: int, *, before: int = MAX_ID, limit: int, retweets: bool = True
    ) -> Home:
        """At most `limit` entries with ids lower than `before`, newest first, one round trip.

        Two for one who follows celebrities, or has silenced many who write; more for the first
        read in thirty days. Less than `limit` is all there is.
        """
        wanted = min(limit + SPARE, self._cap) if before == MAX_ID else self._cap
        whole, home = await self._home(user, before, wanted, retweets)
        while not whole and len(home.entries) < limit:
            wanted = min(2 * wanted, self._cap)
            whole, home = await self._home(user, before, wanted, retweets)
        return Home(home.entries.part(0, limit), home.silenced)

    async def _home(self, user: int, before: int, wanted: int, retweets: bool) -> tuple[bool, Home]:
        """And before that, whether more need not be asked for."""
        keys = [*self._keys.all_of(user), self._keys.silenced(user)]
        collected = None
        found = await HOME(self._redis, keys, [wanted, COMPLETE, HOME_SECONDS])
        while found is None:
            collected = await self._build(user)
            mark = b"" if collected else COMPLETE
            found = await HOME(self._redis, keys, [wanted, mark, HOME_SECONDS])
        blob, hidden, celebrities, silences = found
        entries = unpack(blob)
        if celebrities or collected:
            beside = collected or _Collected()
            famous = sorted({*beside.famous, *map(int, celebrities)})
            lists = await author_lists(self._redis, self._keys, famous, wanted)
            every = {*entries, *beside.entries, *_all(lists.values())}
            entries = Entries.of(sorted(every, reverse=True))
        whole = wanted >= self._cap or len(entries) < wanted
        entries = entries.part(0, wanted)  # below these, one of the lists may hold more
        silenced = silenced_in(silences)
        unwanted = hidden_in(hidden) | silenced
        if not unwanted.isdisjoint(entries.authors):
            entries = entries.only(author not in unwanted for author in entries.authors)
        if not retweets:
            entries = entries.only(map(eq, entries.tweet_ids, entries.originals))
        if before != MAX_ID:
            entries = entries.only(tweet_id < before for tweet_id in entries.tweet_ids)
        return whole, Home(entries, silenced)

    async def author(
        self, user: int, *, before: int = MAX_ID, limit: int, retweets: bool = True
    ) -> list[Entry]:
        """At most `limit` of the author's newest entries with ids lower than `before`.

        The cache ends after the newest 800; the stores have the rest.
        """
        wanted = _between(0, before, limit, retweets)
        return list(unpack(await PART(self._redis, [self._keys.author(user)], wanted)))

    async def authors(
        self, users: Sequence[int], *, before: int = MAX_ID, limit: int, retweets: bool = True
    ) -> list[Entry]:
        """As `author`, of several together. Of the later ones only what may still be among them."""
        newest: list[Entry] = []
        for start in range(0, len(users), AUTHORS_AT_ONCE):
            oldest = newest[-1].tweet_id if len(newest) >= limit else 0
            wanted = _between(oldest, before, limit, retweets)
            calls: list[Call] = [
                (PART, [self._keys.author(user)], wanted)
                for user in users[start : start + AUTHORS_AT_ONCE]
            ]
            parts = await call_all(self._redis, calls)
            newest = heapq.nlargest(limit, [*newest, *_all(parts)])
        return newest

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def _build(self, user: int) -> _Collected | None:
        """Collects a home timeline from the authors' own.

        The list is opened before the graph is read, so that every post and follow from here on
        finds it and enters by itself; what came before is in the graph and the authors' lists.
        Does nothing to a list that was dropped meanwhile, and perhaps opened again.

        A graph that heals, or is about to be replaced, does not know of all follows and unfollows
        that these timelines have been through. Then the list stays open, and nothing goes into it:
        no unfollow would come to take it out again. What was collected is answered instead.
        """
        keys = self._keys
        mark = await OPEN(self._redis, [keys.home(user)], [building(), HOME_SECONDS, COMPLETE])
        if mark is None:
            return None
        heard = await self._heard.all()
        async with self._graph.at_one_moment() as graph:
            whole = not await graph.lacks(heard)
            authors = [user, *await graph.followees(user)]
        famous = await famous_among(self._redis, keys, authors)
        newest: list[Entry] = []
        ordinary = [author for author in authors if author not in famous]
        for start in range(0, len(ordinary), AUTHORS_AT_ONCE):
            some = ordinary[start : start + AUTHORS_AT_ONCE]
            lists = await author_lists(self._redis, keys, some, self._cap)
            newest = heapq.nlargest(self._cap, [*newest, *_all(lists.values())])
        if not whole:
            return _Collected(newest, sorted(famous))
        marks: list[Call] = [
            (MARK, keys.all_of(user), [author, HOME_SECONDS]) for author in sorted(famous)
        ]
        merge: Call = (MERGE, [keys.home(user)], [self._cap, pack(newest), COMPLETE, mark])
        await call_all(self._redis, [*marks, merge])
        return None


def _between(oldest: int, before: int, limit: int, retweets: bool) -> list[bytes | int]:
    """The arguments of `PART`."""
    return [before.to_bytes(8), oldest.to_bytes(8), limit, int(retweets)]


def _all(blobs: Iterable[bytes]) -> Iterable[Entry]:
    for blob in blobs:
        yield from unpack(blob)
