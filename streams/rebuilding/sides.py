"""The two generations that are compared, each to be read whole, again and again.

What is in PostgreSQL or Elasticsearch is read as it stood when it was opened, so that the view may
go on meanwhile. MongoDB and Redis show what is there: a view in these has to stand still.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from projections.postgres import one_moment
from projections.postgres_view import PostgresView
from projections.search import SearchView
from projections.search.writes import digest_of_whole
from projections.stores import Stores
from projections.view import Digest, View
from streams.audit.contents import entries
from streams.audit.contents.search import search_entries
from streams.audit.contents.tables import table_entries

Read = Callable[[], AsyncIterator[tuple[str, object]]]


class Side(NamedTuple):
    """Of `one_moment`, or as it stands. It is `exact` where no batch can be seen without the
    checkpoint that goes with it."""

    digest: Callable[[], Coroutine[None, None, Digest]]
    entries: Read
    one_moment: bool = False
    exact: bool = False


class Sides(NamedTuple):
    live: Side
    rebuilt: Side


@asynccontextmanager
async def side(stores: Stores, view: View, generation: int) -> AsyncIterator[Side]:
    match view:
        case PostgresView():
            async with one_moment(stores.postgres) as connection:
                await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                await connection.execute("SELECT")  # the first to read settles the moment
                yield Side(
                    partial(view.digest_within, connection),
                    partial(table_entries, connection, view.name, generation),
                    one_moment=True,
                    exact=True,
                )
        case SearchView():
            async with view.whole() as found:
                yield Side(
                    partial(digest_of_whole, found),
                    partial(search_entries, found),
                    one_moment=True,
                )
        case _:
            yield Side(view.digest, partial(entries, view.name, stores, generation))
