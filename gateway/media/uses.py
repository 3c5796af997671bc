"""Which tweet has which media."""

from collections.abc import Sequence

from projections.postgres import Pool
from schemas.media import Media


class Uses:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, owner: int, media_ids: Sequence[int]) -> dict[int, Media]:
        """Of the user's finished uploads those that can still be attached."""
        rows = await self._pool.fetch(
            "SELECT media_id, media_key, type, width, height, duration_ms, alt_text, content_type"
            " FROM media WHERE media_id = ANY($1) AND owner = $2 AND ready AND expires_at > now()",
            list(media_ids),
            owner,
        )
        return {row[0]: Media(*tuple(row)[1:]) for row in rows}

    async def keep(self, tweet_id: int, media_ids: Sequence[int]) -> None:
        """From now on they stay as long as the tweet."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE media SET kept = true WHERE media_id = ANY($1)", list(media_ids)
            )
            await connection.execute(
                "INSERT INTO media_uses (media_id, tweet_id)"
                " SELECT media_id, $2 FROM media WHERE media_id = ANY($1)",
                list(media_ids),
                tweet_id,
            )

    async def release(self, tweet_id: int) -> None:
        """The tweet is deleted: media that no other tweet has are out of reach at once."""
        await self._pool.execute(
            "WITH ended AS (DELETE FROM media_uses WHERE tweet_id = $1 RETURNING media_id)"
            " UPDATE media SET kept = false, ready = false, expires_at = now()"
            " WHERE media_id IN (SELECT media_id FROM ended) AND NOT EXISTS ("
            " SELECT FROM media_uses u WHERE u.media_id = media.media_id AND u.tweet_id <> $1)",
            tweet_id,
        )
