"""Which tweet has which media."""

from collections.abc import Sequence

from gateway.problems import invalid
from projections.postgres import Connection, Pool
from schemas.media import Media

ATTACHABLE = "ready AND expires_at > now()"


class Uses:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, owner: int, media_ids: Sequence[int]) -> dict[int, Media]:
        """Of the user's finished uploads those that can still be attached."""
        rows = await self._pool.fetch(
            "SELECT media_id, media_key, type, width, height, duration_ms, alt_text, content_type,"
            " size"
            f" FROM media WHERE media_id = ANY($1) AND owner = $2 AND {ATTACHABLE}",
            list(media_ids),
            owner,
        )
        return {row[0]: Media(*tuple(row)[1:]) for row in rows}

    async def keep(self, tweet_id: int, media_ids: Sequence[int]) -> None:
        """From now on they stay as long as the tweet, which is still to be posted.

        Raises a 400 `Problem` when one went with another tweet since it was found.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await _lock(connection, media_ids)
            kept = await connection.fetch(
                "UPDATE media SET kept = true"
                f" WHERE media_id = ANY($1) AND {ATTACHABLE} RETURNING 1",
                list(media_ids),
            )
            if len(kept) < len(media_ids):
                raise invalid("media_ids: one of them was deleted, or expired, meanwhile")
            await connection.execute(
                "INSERT INTO media_uses (media_id, tweet_id)"
                " SELECT media_id, $2 FROM media WHERE media_id = ANY($1)",
                list(media_ids),
                tweet_id,
            )

    async def doubt(self, tweet_id: int) -> None:
        """It is to be deleted: should nobody come to `release` it, it is found out later whether it
        is there."""
        await self._pool.execute(
            "UPDATE media_uses SET confirmed = false WHERE tweet_id = $1", tweet_id
        )

    async def release(self, tweet_id: int) -> None:
        """The tweet is deleted: media that no other tweet has are out of reach at once."""
        await self._end(tweet_id, "kept = false, ready = false, expires_at = now()")

    async def give_back(self, tweet_id: int) -> None:
        """The tweet was never posted: media that no other tweet has expire as unused ones do."""
        await self._end(tweet_id, "kept = false")

    async def _end(self, tweet_id: int, change: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            ended = await connection.fetch(
                "DELETE FROM media_uses WHERE tweet_id = $1 RETURNING media_id", tweet_id
            )
            media_ids = [row["media_id"] for row in ended]
            await _lock(connection, media_ids)
            await connection.execute(
                f"UPDATE media SET {change} WHERE media_id = ANY($1)"
                " AND NOT EXISTS (SELECT FROM media_uses u WHERE u.media_id = media.media_id)",
                media_ids,
            )

    async def unconfirmed(self, before: int, limit: int) -> list[int]:
        """Tweets with ids lower than `before` of which nobody has found out what became of them."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT tweet_id FROM media_uses WHERE NOT confirmed AND tweet_id < $1"
            " ORDER BY tweet_id LIMIT $2",
            before,
            limit,
        )
        return [row["tweet_id"] for row in rows]

    async def confirm(self, tweet_ids: Sequence[int]) -> None:
        """These tweets were posted."""
        await self._pool.execute(
            "UPDATE media_uses SET confirmed = true WHERE tweet_id = ANY($1)", list(tweet_ids)
        )


async def withdraw_all_of(connection: Connection, owner: int) -> int:
    """All that the user has uploaded is out of reach, whichever tweet has it, and its bytes go as
    those of expired uploads do. How many there were."""
    rows = await connection.fetch(
        "SELECT media_id FROM media WHERE owner = $1 AND (kept OR expires_at > now())"
        " ORDER BY media_id FOR UPDATE",
        owner,
    )
    await connection.execute(
        "UPDATE media SET kept = false, ready = false, expires_at = now(), alt_text = ''"
        " WHERE media_id = ANY($1)",
        [row["media_id"] for row in rows],
    )
    return len(rows)


async def _lock(connection: Connection, media_ids: Sequence[int]) -> None:
    """Until the transaction ends nobody else begins or ends a use of these; what others did before
    is seen by the statements that follow."""
    await connection.execute(
        "SELECT FROM media WHERE media_id = ANY($1) ORDER BY media_id FOR UPDATE", list(media_ids)
    )
