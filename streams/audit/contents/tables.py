"""What the views in PostgreSQL hold."""

from collections.abc import AsyncIterator
from string import Formatter
from typing import NamedTuple

from projections.postgres import Connection, Pool, one_moment
from projections.postgres_view import schema_of
from projections.stores import Stores
from projections.view import ROWS_AT_ONCE


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
        Table("choices", "{kind} of {list_id} by {user_id}"),
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


def graph(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    return _rows(stores.postgres, "graph", generation)


def lists(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    return _rows(stores.postgres, "lists", generation)


def notices(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    return _rows(stores.postgres, "notices", generation)


def analytics(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    return _rows(stores.postgres, "analytics", generation)


async def _rows(pool: Pool, view: str, generation: int) -> AsyncIterator[tuple[str, object]]:
    async with one_moment(pool) as connection:
        async for entry in table_entries(connection, view, generation):
            yield entry


async def table_entries(
    connection: Connection, view: str, generation: int
) -> AsyncIterator[tuple[str, object]]:
    """Of all tables, as one moment shows them: by key, the columns that are not in it."""
    schema = schema_of(view, generation)
    for table in TABLES[view]:
        within = {name for _, name, _, _ in Formatter().parse(table.key) if name}
        asked = f"SELECT * FROM {schema}.{table.name} WHERE {table.where}"
        async for row in connection.cursor(asked, prefetch=ROWS_AT_ONCE):
            value = {name: of for name, of in row.items() if name not in within}
            yield table.key.format_map(dict(row)), value or True
