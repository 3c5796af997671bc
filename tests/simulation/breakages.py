"""Each view broken in one way, as a slip could break it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from pymongo import ReplaceOne

import projections.cache.values
import projections.cache.writes
import projections.counters.collections
import projections.postgres
import projections.postgres_view
import projections.retweets.writes
import projections.search.lines
import projections.texts.writes
import projections.timelines.scripts
from projections.checkpoints import mongo as in_mongo
from projections.checkpoints import postgres as in_postgres
from projections.checkpoints import redis as in_redis
from projections.graph import Graph
from projections.redis import Script
from projections.texts import TextsView
from projections.timelines.follows import Follows
from projections.timelines.heard import Heard
from projections.view import Batch, CheckpointBehind
from streams.processor import Processor


@contextmanager
def checkpoint_before_the_data() -> Iterator[None]:
    """A store of tweets that says it has what it is about to write."""

    async def apply(self: Any, batch: Batch) -> None:
        checkpoints = self._collections.checkpoints
        await checkpoints.begin(batch.partition, batch.start)
        since = await checkpoints.since(batch.partition, batch.start)
        await checkpoints.advance(batch.partition, batch.start, batch.next_offset, since)
        await self._write(batch)

    with patch.object(TextsView, "apply", apply):
        yield


@contextmanager
def retweets_unguarded() -> Iterator[None]:
    """Whatever comes last is believed, whatever its offset."""

    def replacement(document: Any) -> ReplaceOne[Any]:
        return ReplaceOne({"_id": document["_id"]}, document)

    with patch.object(projections.retweets.writes, "replacement", replacement):
        yield


@contextmanager
def likes_not_waited_for() -> Iterator[None]:
    """Replies copy what the counters have, before they have the like."""

    @asynccontextmanager
    async def at_once(counters: Any, needed: Any) -> AsyncIterator[None]:
        """Waits for nobody."""
        yield

    with patch("projections.replies.likes.counted", at_once):
        yield


@contextmanager
def states_before_registers() -> Iterator[None]:
    """The counters say of an event that it is counted before it is."""
    collections = projections.counters.collections.Collections
    put_registers = collections.put_registers
    owed: dict[object, Any] = {}

    async def later(self: Any, *registers: Any) -> None:
        owed[asyncio.current_task()] = registers

    put_states = collections.put_states

    async def first(self: Any, *states: Any) -> None:
        await put_states(self, *states)
        await put_registers(self, *owed.pop(asyncio.current_task()))

    with (
        patch.object(collections, "put_registers", later),
        patch.object(collections, "put_states", first),
        patch("projections.counters.writes.uncounted", lambda *_: False),
    ):
        yield


@contextmanager
def rows_applied_twice() -> Iterator[None]:
    """A view in PostgreSQL that does not skip what it has."""

    async def apply(self: Any, batch: Batch) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            where = connection, self._schema, batch.partition
            stored = await in_postgres.lock(*where)
            in_postgres.behind(batch.partition, stored, batch.start)
            await self.write(connection, [event for _, event in batch.events])
            end = max(stored, batch.next_offset)
            await in_postgres.advance(*where, end)

    with patch.object(projections.postgres_view.PostgresView, "apply", apply):
        yield


@contextmanager
def checkpoint_not_locked() -> Iterator[None]:
    """Two workers who read the same checkpoint both count."""
    lock = in_postgres.lock

    async def read(connection: Any, schema: str, partition: Any) -> int:
        found = await connection.fetch(
            f"SELECT topic, partition, next_offset FROM {schema}.checkpoints"
        )
        for topic, number, next_offset in found:
            if (topic, number) == partition:
                return int(next_offset)
        return await lock(connection, schema, partition)

    with patch.object(in_postgres, "lock", read):
        yield


@contextmanager
def a_graph_that_is_behind_is_believed() -> Iterator[None]:
    """Timelines: follows do not wait until the graph has them, nor do posts."""

    async def at_once(self: Any, batch: Batch) -> None:
        """Waits for nobody."""

    async def believe(self: Any, needed: Any) -> None:
        """Asks for nothing."""

    with patch.object(Follows, "_graph_has", at_once), patch.object(Graph, "require", believe):
        yield


@contextmanager
def cache_fills_over_anything() -> Iterator[None]:
    """A reader puts an old version over the mark of an edit."""
    script = Script("redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) return 1")
    with patch("projections.cache.reads.FILL", script):
        yield


@contextmanager
def cache_believes_a_store_that_heals() -> Iterator[None]:
    """A reader puts into it what a store said that lacks what the cache has forgotten."""

    async def nothing_lost(*_: Any) -> bool:
        return True

    with (
        patch("projections.cache.backing._held", lambda *_: True),
        patch("projections.cache.backing.Backing._lost_nothing", nothing_lost),
    ):
        yield


@contextmanager
def homes_keep_what_a_graph_says_that_heals() -> Iterator[None]:
    """A home is closed although its graph does not know of all unfollows yet."""

    class Deaf(Heard):
        async def all(self) -> dict[Any, int]:
            return {}

    with patch("projections.timelines.reads.Heard", Deaf):
        yield


@contextmanager
def search_copies_any_retweet() -> Iterator[None]:
    """Search: a retweet that was undone comes back with a late copy."""

    def last(index: str, name: int | str, offset: int) -> Any:
        action = {"_index": index, "_id": str(name), "version": 1, "version_type": "external_gte"}
        return {"index": action}

    with patch.object(projections.search.lines, "last", last):
        yield


@contextmanager
def checkpoint_not_begun() -> Iterator[None]:
    """A wiped store is taken for one that never held anything."""

    async def since(self: Any, partition: Any, start: int) -> int:
        found = await self._collection.find_one({"_id": str(partition)})
        if (stored := found["next_offset"] if found else 0) < start:
            raise CheckpointBehind(partition, stored)
        return 0

    async def advance(self: Any, partition: Any, start: int, next_offset: int, _: int) -> None:
        await since(self, partition, start)
        await self._collection.update_one(
            {"_id": str(partition)}, {"$max": {"next_offset": next_offset}}, upsert=True
        )

    async def nothing(self: Any, partition: Any, start: int) -> None:
        """Leaves no trace."""

    with (
        patch.object(in_mongo.Checkpoints, "advance", advance),
        patch.object(in_mongo.Checkpoints, "begin", nothing),
        patch.object(in_mongo.Checkpoints, "since", since),
    ):
        yield


@contextmanager
def lost_tables_unseen() -> Iterator[None]:
    """A table that was lost is made again, beside those that were not."""
    with patch.object(projections.postgres, "_named", lambda _: set()):
        yield


@contextmanager
def lost_collections_unseen() -> Iterator[None]:
    """The same in MongoDB."""

    async def all_there(self: Any) -> str:
        return "always the same"

    with patch.object(in_mongo.Checkpoints, "_found", all_there):
        yield


@contextmanager
def a_restart_unseen() -> Iterator[None]:
    """A Redis that came back as it was a moment ago is taken for the one that was written to."""
    server = "string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')"
    begin, advance, add = (
        one.source.replace(server, "''")
        for one in (in_redis.BEGIN, in_redis.ADVANCE, in_redis.ADD_IF_HELD)
    )
    assert "INFO" not in begin + advance + add
    with (
        patch.object(in_redis, "BEGIN", Script(begin)),
        patch.object(in_redis, "ADVANCE", Script(advance)),
        patch.object(in_redis, "ADD_IF_HELD", Script(add)),
    ):
        yield


@contextmanager
def losses_between_heartbeats_unseen() -> Iterator[None]:
    """What was written after one, and lost before the next, is missed by nobody."""

    async def notice_loss(self: Any) -> bool:
        lanes = dict(self._lanes)
        try:
            stored = await self.view.checkpoints()
        except self.view.transient:
            await self._prepare_again()
            return False
        for partition, lane in lanes.items():
            before = self._seen.get(partition, lane.feed.opened_at)
            self._seen[partition] = stored.get(partition, 0)
            if self._seen[partition] < before:
                lane.rewind()
        return True

    with patch.object(Processor, "_notice_loss", notice_loss):
        yield


Breakage = Callable[[], AbstractContextManager[None]]

BREAKAGES: dict[str, tuple[Breakage, ...]] = {
    "tweets": (checkpoint_before_the_data, lost_collections_unseen),
    "retweets": (retweets_unguarded, checkpoint_not_begun),
    "replies": (
        checkpoint_before_the_data, likes_not_waited_for, checkpoint_not_begun,
        lost_collections_unseen,
    ),
    "counters": (states_before_registers, lost_collections_unseen),
    "graph": (rows_applied_twice, lost_tables_unseen),
    "lists": (rows_applied_twice,),
    "notices": (checkpoint_not_locked, losses_between_heartbeats_unseen),
    "analytics": (rows_applied_twice, checkpoint_not_locked),
    "timelines": (
        a_graph_that_is_behind_is_believed, a_restart_unseen, losses_between_heartbeats_unseen,
        homes_keep_what_a_graph_says_that_heals,
    ),
    "cache": (cache_fills_over_anything, cache_believes_a_store_that_heals),
    "search": (search_copies_any_retweet,),
}  # fmt: skip
"""By view."""
