"""Reading the search index."""

from collections.abc import Mapping, Sequence, Set
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from events.positions import Partition
from projections.elasticsearch import (
    Document,
    Elasticsearch,
    PointInTimeGone,
    close_point_in_time,
    open_point_in_time,
    refresh,
    search,
)
from projections.search.indexes import TOPICS, Indexes
from projections.search.queries import Window, compiled, filtered, hidden, scored
from projections.search.trends import Trend, trends_body, trends_from
from schemas.ids import MAX_ID, Id, time_of
from schemas.search.tree import Node

KEEP_OPEN = "2m"
"""So long the next page of a search by relevancy can be asked for."""


class Asked(Struct, frozen=True):
    """What is looked for, and whom its user names mean; which protected authors may be seen, and
    whose tweets must not be."""

    node: Node
    users: Mapping[str, int]
    window: Window
    allowed: Set[int] = frozenset()
    walled: Set[int] = frozenset()


Score = Annotated[float, Meta(ge=0, le=3.4e38)]
"""As Elasticsearch has them, in 32 bits; what comes back from a client is held to it."""

Moment = Annotated[int, Meta(ge=0, le=time_of(MAX_ID))]
"""Milliseconds since the Unix epoch."""


class Scored(NamedTuple):
    """A user among the hits."""

    score: Score
    user_id: Id


class Ranked(Struct, frozen=True, array_like=True):
    """A place among the hits by relevancy, all out of one state of the index, as of `origin`."""

    opened: str
    origin: Moment
    score: Score
    tweet_id: Id
    document: Id
    """Its number in that state: Elasticsearch's own tiebreaker, which it wants back."""


class Expired(Exception):
    """The search that a page belongs to was too long ago."""


class SearchIndex:
    topics = tuple(topic.name for topic in TOPICS)

    def __init__(self, client: Elasticsearch, generation: int) -> None:
        self._client = client
        self._indexes = Indexes(client, generation)

    async def recent(self, asked: Asked, limit: int) -> list[int]:
        """Ids, newest first."""
        found = await search(self._client, self._indexes.tweets, self.recent_body(asked, limit))
        return [hit["sort"][0] for hit in found["hits"]["hits"]]

    def recent_body(self, asked: Asked, limit: int) -> Document:
        return _without_documents(filtered(*self._parts(asked)), limit, [{"id": "desc"}])

    async def relevant(
        self, asked: Asked, limit: int, after: Ranked | None, now: int
    ) -> list[Ranked]:
        """The most relevant first; `now` in milliseconds since the Unix epoch.

        Raises `Expired` when `after` comes from a search that is over.
        """
        opened = after.opened if after else await open_point_in_time(
            self._client, self._indexes.tweets, KEEP_OPEN
        )  # fmt: skip
        origin = after.origin if after else now
        body = _without_documents(
            scored(*self._parts(asked), origin), limit, [{"_score": "desc"}, {"id": "desc"}]
        )
        body["pit"] = {"id": opened, "keep_alive": KEEP_OPEN}
        if after:
            body["search_after"] = [after.score, after.tweet_id, after.document]
        try:
            found = await search(self._client, None, body)
        except PointInTimeGone as error:
            raise Expired("the search was too long ago") from error
        hits = found["hits"]["hits"]
        if not hits and not after:
            await close_point_in_time(self._client, found["pit_id"])
        return [Ranked(found["pit_id"], origin, *hit["sort"]) for hit in hits]

    async def seen_all(self, last: Ranked) -> None:
        """Nobody will ask for what comes after `last`.

        It must not be, or follow, what a client gave back: that may be somebody else's search.
        """
        await close_point_in_time(self._client, last.opened)

    async def counts(self, asked: Asked, bucket_ms: int) -> dict[int, int]:
        """How many match, by the start of each bucket in milliseconds since the Unix epoch."""
        by_time = {"date_histogram": {"field": "at", "fixed_interval": f"{bucket_ms}ms"}}
        body = {
            "query": filtered(*self._parts(asked)),
            "size": 0,
            "aggs": {"by_time": {**by_time}},
        }
        found = await search(self._client, self._indexes.tweets, body)
        buckets = found["aggregations"]["by_time"]["buckets"]
        return {bucket["key"]: bucket["doc_count"] for bucket in buckets}

    async def trends(self, now: int, window_ms: int, limit: int) -> list[Trend]:
        """The hashtags that rose most in the `window_ms` before `now`, protected tweets aside."""
        body = trends_body(now, window_ms, hidden(self._indexes.state, (), ()))
        return trends_from(await search(self._client, self._indexes.tweets, body), limit)

    async def people(
        self, name: str, words: Sequence[str], after: Scored | None, limit: int
    ) -> list[Scored]:
        """Scores and ids of users who have names that begin with each of the folded `words`.

        Those come first whose user name is `name`, then those whose user name begins with it.
        """
        body = _without_documents(
            _begins_with(name, words), limit, [{"_score": "desc"}, {"id": "asc"}]
        )
        if after:
            body["search_after"] = list(after)
        found = await search(self._client, self._indexes.users, body)
        return [Scored(*hit["sort"]) for hit in found["hits"]["hits"]]

    async def people_among(self, users: Sequence[int], words: Sequence[str]) -> set[int]:
        """Those of `users` whom `people` would find."""
        among = [{"ids": {"values": [str(user) for user in users]}}, *_begin_with(words)]
        body = _without_documents({"bool": {"filter": among}}, len(users), [{"id": "asc"}])
        found = await search(self._client, self._indexes.users, body)
        return {hit["sort"][0] for hit in found["hits"]["hits"]}

    async def refreshed(self) -> None:
        """Whatever the checkpoints have passed is found from here on."""
        await refresh(self._client, self._indexes.tweets, self._indexes.users)

    async def checkpoints(self) -> dict[Partition, int]:
        """What is in the index. `refreshed` makes sure that it is found as well."""
        return await self._indexes.checkpoints.all()

    def _parts(self, asked: Asked) -> tuple[Document, Window, list[Document]]:
        return (
            compiled(asked.node, asked.users),
            asked.window,
            hidden(self._indexes.state, asked.allowed, asked.walled),
        )


def _without_documents(query: Document, limit: int, order: list[Document]) -> Document:
    """The order's values tell all that is asked for."""
    return {
        "query": query,
        "size": limit,
        "sort": order,
        "_source": False,
        "stored_fields": "_none_",
        "track_total_hits": False,
    }


def _begins_with(name: str, words: Sequence[str]) -> Document:
    """Somebody whose user name it is comes before those whose user name begins with it."""
    return {
        "bool": {
            "filter": _begin_with(words),
            "should": [
                {"constant_score": {"filter": {"term": {"username": name}}, "boost": 2}},
                {"constant_score": {"filter": {"prefix": {"username": name}}, "boost": 1}},
            ],
        }
    }


def _begin_with(words: Sequence[str]) -> list[Document]:
    return [{"prefix": {"words": word}} for word in words]
