"""What the views in PostgreSQL hold."""

from string import Formatter
from typing import Any, NamedTuple

from projections.postgres import Pool
from projections.postgres_view import schema_of
from projections.stores import Stores
from streams.audit.values import Contents

ROWS_AT_ONCE = 1_000


class Table(NamedTuple):
    """`key` makes a key of some columns; what `where` leaves out, readers take for nothing."""

    name: str
    key: str
    where: str = "true"


TABLES = {
    "graph": (
        Table("follows", "{follower} follows {followee}"),
        Table("requests", "{follower} requests {followee}"),
        Table("blocks", "{blocker} blocks {blocked}"),
        Table("mutes", "{muter} mutes {muted}"),
        Table("counts", "counts {user_id}", "followers <> 0 OR following <> 0"),
    ),
    "lists": (
        Table("lists", "list {list_id}"),
        Table("members", "member {member} of {list_id}"),
        Table("listed", "listed {user_id}", "lists <> 0"),
    ),
    "notices": (
        Table("said", "said to {recipient} in {tweet_id}"),
        Table("deleted", "deleted {tweet_id} by {author}"),
        Table("marks", "{kind} of {tweet_id} by {actor}"),
        Table("groups", "group {kind} of {tweet_id}", "count <> 0"),
        Table("edges", "{kind} to {recipient} by {actor}"),
        Table("markers", "read by {user_id}"),
    ),
    "analytics": (
        Table("people", "person {user_id}"),
        Table("posts", "post {tweet_id}"),
        Table("ties", "{kind} by {actor} of {other}"),
        Table("tweet_days", "{measure} of tweet {tweet_id} on {day}"),
        Table("user_days", "{measure} of user {user_id} on {day}"),
    ),
}


async def graph(stores: Stores, generation: int) -> Contents:
    return await _rows(stores.postgres, "graph", generation)


async def lists(stores: Stores, generation: int) -> Contents:
    return await _rows(stores.postgres, "lists", generation)


async def notices(stores: Stores, generation: int) -> Contents:
    return await _rows(stores.postgres, "notices", generation)


async def analytics(stores: Stores, generation: int) -> Contents:
    return await _rows(stores.postgres, "analytics", generation)


async def _rows(pool: Pool, view: str, generation: int) -> Contents:
    """All tables at one moment: by key, the columns that are not in it."""
    schema = schema_of(view, generation)
    found: dict[str, Any] = {}
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        for table in TABLES[view]:
            within = {name for _, name, _, _ in Formatter().parse(table.key) if name}
            asked = f"SELECT * FROM {schema}.{table.name} WHERE {table.where}"
            async for row in connection.cursor(asked, prefetch=ROWS_AT_ONCE):
                value = {name: of for name, of in row.items() if name not in within}
                found[table.key.format_map(dict(row))] = value or True
    return found
