"""Reading what concerns a user."""

from collections.abc import Collection

from msgspec import Struct

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.notices.writes import NoticesView
from projections.postgres import Pool
from projections.postgres_view import schema_of
from schemas.ids import MAX_ID
from schemas.notices import NoticeKind

ACTORS = 20
"""The newest of a notice that are read: the reader may not be allowed to see all of them."""

UNREAD = 100
"""Unread notices are counted up to here."""


class Notice(Struct, frozen=True):
    """`tweet_id` is the tweet that answers, quotes or mentions, or the one that was marked.

    `actors` are the newest, at most `ACTORS`, of `count`; `event_id` is the newest one's, and the
    place in the list.
    `newest` is that of the newest actor who is not silenced.
    """

    event_id: int
    kind: NoticeKind
    tweet_id: int | None
    actors: tuple[int, ...]
    count: int
    newest: int


_NEWEST = "event_id > $2 AND event_id < $3 ORDER BY event_id DESC LIMIT $4"
_ALL = f"""
(SELECT event_id, kind, tweet_id, author AS actor, 1 AS count FROM {{schema}}.said
    WHERE recipient = $1 AND author <> ALL($5::bigint[]) AND {_NEWEST})
UNION ALL
(SELECT event_id, kind, tweet_id, NULL, count FROM {{schema}}.groups AS g
    WHERE recipient = $1 AND count > 0 AND NOT EXISTS (
        SELECT FROM {{schema}}.deleted AS d
        WHERE d.tweet_id = g.tweet_id AND d.author = g.recipient
    ) AND EXISTS (
        SELECT FROM {{schema}}.marks AS m
        WHERE m.tweet_id = g.tweet_id AND m.kind = g.kind AND m.actor <> ALL($5::bigint[])
        AND m.event_id > $2
    ) AND {_NEWEST})
UNION ALL
(SELECT event_id, kind, NULL, actor, 1 FROM {{schema}}.edges
    WHERE recipient = $1 AND actor <> ALL($5::bigint[]) AND {_NEWEST})
ORDER BY event_id DESC LIMIT $4"""
"""Each part along its index, so that a page costs the same however many there are."""
PAGE = f"""
SELECT event_id, kind, tweet_id, CASE WHEN actor IS NOT NULL THEN ARRAY[actor] ELSE ARRAY(
    SELECT m.actor FROM {{schema}}.marks AS m
    WHERE m.tweet_id = page.tweet_id AND m.kind = page.kind AND m.actor <> ALL($5::bigint[])
    ORDER BY m.event_id DESC LIMIT {ACTORS}
) END, count, CASE WHEN actor IS NOT NULL THEN event_id ELSE (
    SELECT max(m.event_id) FROM {{schema}}.marks AS m
    WHERE m.tweet_id = page.tweet_id AND m.kind = page.kind AND m.actor <> ALL($5::bigint[])
) END
FROM ({_ALL}) AS page ORDER BY event_id DESC"""
_COUNT = f"SELECT count(*) FROM ({_ALL}) AS page"


class Notices:
    topics = tuple(topic.name for topic in NoticesView.topics)

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of(NoticesView.name, generation)

    async def mentions(self, user: int, *, before: int = MAX_ID, limit: int) -> list[int]:
        """Ids lower than `before` of the tweets that mention or answer the user, newest first."""
        rows = await self._pool.fetch(
            f"SELECT tweet_id FROM {self._schema}.said WHERE recipient = $1 AND mentioned"
            " AND tweet_id < $2 ORDER BY tweet_id DESC LIMIT $3",
            user,
            before,
            limit,
        )
        return [row[0] for row in rows]

    async def of(
        self, user: int, *, before: int = MAX_ID, limit: int, silenced: Collection[int] = ()
    ) -> list[Notice]:
        """The newest notices with `event_id` lower than `before`, without the silenced actors."""
        rows = await self._pool.fetch(
            PAGE.format(schema=self._schema), user, 0, before, limit, list(silenced)
        )
        return [
            Notice(row[0], row[1], row[2], tuple(row[3]), count=row[4], newest=row[5])
            for row in rows
        ]

    async def unread(self, user: int, *, after: int, silenced: Collection[int]) -> int:
        """How many notices are newer than the event `after`, at most `UNREAD`."""
        count = await self._pool.fetchval(
            _COUNT.format(schema=self._schema), user, after, MAX_ID, UNREAD, list(silenced)
        )
        return int(count)

    async def read_until(self, user: int) -> int:
        """The last event that the user has seen; 0 if none."""
        until = await self._pool.fetchval(
            f"SELECT until FROM {self._schema}.markers WHERE user_id = $1", user
        )
        return int(until or 0)

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints.stored(self._pool, self._schema)
