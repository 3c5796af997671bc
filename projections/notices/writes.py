"""Writing what concerns whom: each batch in one transaction with its checkpoint."""

from collections import Counter
from collections.abc import Iterable, Sequence

from projections.met import Known
from projections.notices.edges import Edge, Pair, pairs
from projections.notices.edges import fold as fold_edges
from projections.notices.folds import Changes, Marked, Said, fold
from projections.notices.tables import DEFINITIONS, INDEXES
from projections.postgres import Connection, looked_up
from projections.postgres_view import PostgresView, columns
from schemas.events import Event
from schemas.topics import GRAPH, NOTIFICATIONS, REACTIONS, REPLIES, RETWEETS, TWEETS


class NoticesView(PostgresView):
    name = "notices"
    topics = (TWEETS, REPLIES, REACTIONS, RETWEETS, GRAPH, NOTIFICATIONS)
    tables = DEFINITIONS
    indexes = INDEXES
    rows = (
        "SELECT format('%s %s', 'said', said) FROM {schema}.said"
        " UNION ALL SELECT format('%s %s', 'deleted', deleted) FROM {schema}.deleted"
        " UNION ALL SELECT format('%s %s', 'mark', marks) FROM {schema}.marks"
        " UNION ALL SELECT format('%s %s', 'group', groups) FROM {schema}.groups WHERE count > 0"
        " UNION ALL SELECT format('%s %s', 'edge', edges) FROM {schema}.edges"
        " UNION ALL SELECT format('%s %s', 'marker', markers) FROM {schema}.markers"
    )

    async def write(self, connection: Connection, events: Sequence[Event], known: Known) -> None:
        changes = fold(events)
        if changes.said:
            await self._say(connection, changes.said)
        if changes.deleted:
            await self._delete(connection, changes.deleted)
        if changes.authors:
            await self._mark(connection, changes)
        if between := pairs(events):
            before = await self._edges(connection, known({pair for _, pair in between}))
            after = fold_edges(before, between)
            if ended := dict(before.items() - after.items()):
                await self._part(connection, ended)
            if begun := dict(after.items() - before.items()):
                await self._join(connection, begun)
        if changes.read:
            await self._read(connection, changes.read)

    async def _say(self, connection: Connection, said: Iterable[Said]) -> None:
        """The first event about somebody tells what it is; a later one may add the mention."""
        first: dict[tuple[int, int], Said] = {}
        for one in said:
            before = first.setdefault(one[:2], one)
            first[one[:2]] = before._replace(mentioned=before.mentioned or one.mentioned)
        await connection.execute(
            f"INSERT INTO {self._schema}.said SELECT new.* FROM"
            " unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bool[],"
            " $6::bigint[]) AS new (recipient, tweet_id, author, kind, mentioned, event_id)"
            f" LEFT JOIN {self._schema}.deleted USING (tweet_id, author)"
            " WHERE deleted.tweet_id IS NULL"
            " ON CONFLICT (recipient, tweet_id) DO UPDATE"
            " SET mentioned = said.mentioned OR excluded.mentioned",
            *columns(first.values(), 6),
        )

    async def _delete(self, connection: Connection, tweets: Iterable[tuple[int, int]]) -> None:
        """For good: a post that comes again does not bring it back."""
        gone = columns(tweets, 2)
        await connection.execute(
            f"INSERT INTO {self._schema}.deleted"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING",
            *gone,
        )
        await connection.execute(
            f"DELETE FROM {self._schema}.said"
            " USING unnest($1::bigint[], $2::bigint[]) AS gone (tweet_id, author)"
            " WHERE said.tweet_id = gone.tweet_id AND said.author = gone.author",
            *gone,
        )

    async def _mark(self, connection: Connection, changes: Changes) -> None:
        groups = sorted({mark[:2] for mark in (*changes.unmarked, *changes.marked)})
        await self._lock(connection, groups, changes.authors)
        ended = await connection.fetch(
            f"DELETE FROM {self._schema}.marks"
            " USING unnest($1::bigint[], $2::text[], $3::bigint[]) AS ended (tweet_id, kind, actor)"
            " WHERE marks.tweet_id = ended.tweet_id AND marks.kind = ended.kind"
            " AND marks.actor = ended.actor RETURNING marks.tweet_id, marks.kind",
            *columns(changes.unmarked, 3),
        )
        begun = await connection.fetch(
            f"INSERT INTO {self._schema}.marks"
            " SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])"
            " ON CONFLICT DO NOTHING RETURNING tweet_id, kind",
            *columns(_numbered(changes.marked), 4),
        )
        deltas = Counter((row[0], row[1]) for row in begun)
        deltas.subtract((row[0], row[1]) for row in ended)
        await self._regroup(connection, deltas)

    async def _lock(
        self, connection: Connection, groups: Iterable[tuple[int, str]], authors: dict[int, int]
    ) -> None:
        """Keeps other partitions away from the groups, in one order, before their marks change.

        So whoever finds the newest mark of a group afterwards sees those of all before.
        """
        await connection.execute(
            f"INSERT INTO {self._schema}.groups AS g"
            " SELECT *, 0, 0 FROM unnest($1::bigint[], $2::text[], $3::bigint[])"
            " ON CONFLICT (tweet_id, kind) DO UPDATE SET count = g.count",
            *columns(((tweet, kind, authors[tweet]) for tweet, kind in groups), 3),
        )

    async def _regroup(self, connection: Connection, deltas: Counter[tuple[int, str]]) -> None:
        await connection.execute(
            f"UPDATE {self._schema}.groups AS g SET count = g.count + changed.delta, event_id ="
            f" coalesce((SELECT max(m.event_id) FROM {self._schema}.marks AS m"
            " WHERE m.tweet_id = g.tweet_id AND m.kind = g.kind), 0)"
            " FROM unnest($1::bigint[], $2::text[], $3::int[]) AS changed (tweet_id, kind, delta)"
            " WHERE g.tweet_id = changed.tweet_id AND g.kind = changed.kind",
            *columns(((tweet, kind, delta) for (tweet, kind), delta in deltas.items()), 3),
        )

    async def _edges(self, connection: Connection, between: set[Pair]) -> dict[Edge, int]:
        """What is said of the pairs: no other partition changes it."""
        edges = f"{self._schema}.edges"
        if not between:
            return {}
        rows = await connection.fetch(
            looked_up(
                ("follower bigint", "followee bigint"),
                f"SELECT * FROM {edges} WHERE recipient = followee AND actor = follower"
                " AND kind IN ('follow', 'follow_request') UNION ALL"
                f" SELECT * FROM {edges} WHERE recipient = follower AND actor = followee"
                " AND kind = 'follow_accepted'",
            ),
            *columns(between, 2),
        )
        return {Edge(row[0], row[1], row[2]): row[3] for row in rows}

    async def _part(self, connection: Connection, edges: Iterable[Edge]) -> None:
        await connection.execute(
            f"DELETE FROM {self._schema}.edges"
            " USING unnest($1::bigint[], $2::text[], $3::bigint[]) AS gone (recipient, kind, actor)"
            " WHERE edges.recipient = gone.recipient AND edges.kind = gone.kind"
            " AND edges.actor = gone.actor",
            *columns(edges, 3),
        )

    async def _join(self, connection: Connection, edges: dict[Edge, int]) -> None:
        await connection.copy_records_to_table(
            "edges", schema_name=self._schema, records=list(_numbered(edges))
        )

    async def _read(self, connection: Connection, markers: dict[int, int]) -> None:
        await connection.execute(
            f"INSERT INTO {self._schema}.markers AS m"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[])"
            " ON CONFLICT (user_id) DO UPDATE SET until = greatest(m.until, excluded.until)",
            *columns(markers.items(), 2),
        )


def _numbered(rows: dict[Marked, int] | dict[Edge, int]) -> Iterable[tuple[object, ...]]:
    return ((*row, event_id) for row, event_id in rows.items())
