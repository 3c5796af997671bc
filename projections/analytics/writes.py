"""Counting by day: each batch in one transaction with its checkpoint."""

from collections import Counter
from collections.abc import Sequence

from projections.analytics.folds import (
    Post,
    State,
    Tie,
    TieState,
    fold,
    touched_posts,
    touched_ties,
)
from projections.analytics.tables import DEFINITIONS, INDEXES
from projections.analytics.tally import Tally, TweetDay, UserDay, day_of
from projections.met import Known
from projections.postgres import Connection, looked_up
from projections.postgres_view import PostgresView, columns
from schemas.events import Event, ProfileChanged, UserErased, UserRegistered
from schemas.topics import GRAPH, REACTIONS, REPLIES, RETWEETS, TWEETS, USERS


class AnalyticsView(PostgresView):
    name = "analytics"
    topics = (TWEETS, REPLIES, REACTIONS, RETWEETS, GRAPH, USERS)
    tables = DEFINITIONS
    indexes = INDEXES
    rows = " UNION ALL ".join(
        f"SELECT format('{table} %s', {table}) FROM {{schema}}.{table}"
        for table in ("people", "posts", "ties", "tweet_days", "user_days")
    )

    async def write(self, connection: Connection, events: Sequence[Event], known: Known) -> None:
        """No other partition changes the ties and posts that these events touch."""
        state = State(
            await self._ties(connection, known(touched_ties(events))),
            await self._posts(connection, known(touched_posts(events))),
        )
        ties, posts = dict(state.ties), dict(state.posts)
        tally = fold(state, events)
        await self._become(connection, ties, state.ties)
        if changed := dict(state.posts.items() - posts.items()):
            await self._post(connection, changed)
        await self._count(connection, tally)
        await self._meet(connection, events)

    async def _ties(self, connection: Connection, ties: set[Tie]) -> dict[Tie, TieState]:
        if not ties:
            return {}
        rows = await connection.fetch(
            looked_up(
                ("of_kind text", "a bigint", "b bigint"),
                f"SELECT kind, actor, other, state FROM {self._schema}.ties"
                " WHERE kind = of_kind AND actor = a AND other = b",
            ),
            *columns(ties, 3),
        )
        return {Tie(row[0], row[1], row[2]): row[3] for row in rows}

    async def _posts(self, connection: Connection, tweets: set[int]) -> dict[int, Post]:
        if not tweets:
            return {}
        rows = await connection.fetch(
            "SELECT tweet_id, author, parent, parent_author, quoted, quoted_author, deleted"
            f" FROM {self._schema}.posts WHERE tweet_id = ANY($1::bigint[])",
            list(tweets),
        )
        return {row[0]: Post(*row[1:]) for row in rows}

    async def _become(
        self, connection: Connection, before: dict[Tie, TieState], after: dict[Tie, TieState]
    ) -> None:
        """A tie that changes goes, and comes as another."""
        if ended := [tie for tie, state in before.items() if after.get(tie) != state]:
            await connection.execute(
                f"DELETE FROM {self._schema}.ties"
                " USING unnest($1::text[], $2::bigint[], $3::bigint[]) AS ended"
                " (kind, actor, other) WHERE ties.kind = ended.kind AND ties.actor = ended.actor"
                " AND ties.other = ended.other",
                *columns(ended, 3),
            )
        if begun := [(*tie, state) for tie, state in after.items() if before.get(tie) != state]:
            await connection.copy_records_to_table("ties", schema_name=self._schema, records=begun)

    async def _post(self, connection: Connection, posts: dict[int, Post]) -> None:
        await connection.execute(
            f"INSERT INTO {self._schema}.posts SELECT * FROM unnest($1::bigint[], $2::bigint[],"
            " $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bool[])"
            " ON CONFLICT (tweet_id) DO UPDATE SET deleted = excluded.deleted",
            *columns(((tweet, *post) for tweet, post in posts.items()), 7),
        )

    async def _count(self, connection: Connection, tally: Tally) -> None:
        """Rows in one order, so that partitions which write the same ones do not deadlock."""
        if tweets := _rows(tally.tweets_gained, tally.tweets_lost):
            await connection.execute(
                f"INSERT INTO {self._schema}.tweet_days AS d SELECT * FROM unnest($1::bigint[],"
                " $2::text[], $3::date[], $4::bigint[], $5::int[], $6::int[])"
                " ON CONFLICT (tweet_id, measure, day) DO UPDATE"
                " SET gained = d.gained + excluded.gained, lost = d.lost + excluded.lost",
                *columns(tweets, 6),
            )
        if users := _rows(tally.users_gained, tally.users_lost):
            await connection.execute(
                f"INSERT INTO {self._schema}.user_days AS d SELECT * FROM unnest($1::bigint[],"
                " $2::text[], $3::date[], $4::int[], $5::int[])"
                " ON CONFLICT (user_id, measure, day) DO UPDATE"
                " SET gained = d.gained + excluded.gained, lost = d.lost + excluded.lost",
                *columns(users, 5),
            )

    async def _meet(self, connection: Connection, events: Sequence[Event]) -> None:
        new: dict[int, Sequence[object]] = {}
        names: dict[int, str] = {}
        erased: set[int] = set()
        for event in events:
            match event:
                case UserRegistered(user_id=user):
                    new.setdefault(user, (user, event.username, day_of(event.at)))
                case ProfileChanged(user_id=user):
                    names[user] = event.username
                case UserErased(user_id=user):
                    erased.add(user)
                    new.pop(user, None)
                    names.pop(user, None)
                case _:
                    pass
        if erased:
            await connection.execute(
                f"DELETE FROM {self._schema}.people WHERE user_id = ANY($1)",
                list(erased),
            )
        if new:
            await connection.execute(
                f"INSERT INTO {self._schema}.people"
                " SELECT * FROM unnest($1::bigint[], $2::text[], $3::date[])"
                " ON CONFLICT DO NOTHING",
                *columns(new.values(), 3),
            )
        if names:
            await connection.execute(
                f"UPDATE {self._schema}.people SET username = named.username"
                " FROM unnest($1::bigint[], $2::text[]) AS named (user_id, username)"
                " WHERE people.user_id = named.user_id",
                *columns(names.items(), 2),
            )


def _rows(
    gained: Counter[TweetDay] | Counter[UserDay], lost: Counter[TweetDay] | Counter[UserDay]
) -> list[Sequence[object]]:
    days = sorted({*gained, *lost})
    return [(*day, gained.get(day, 0), lost.get(day, 0)) for day in days]
