"""Uploads and what became of them, in PostgreSQL beside the accounts."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.problems import unauthorized
from projections.postgres import Connection, Pool
from schemas.media import MediaType

USABLE = "24 hours"
"""So long an upload may take, and a finished one may be attached to a tweet."""

UNUSED_BYTES = 2 * 1024**3
UNUSED_UPLOADS = 200
"""What a user may have of uploads that are in no tweet."""


class Upload(Struct, frozen=True):
    """`total_bytes` is what was announced, `size` what is kept, without metadata.

    `seconds_left` may be negative for what is kept, because a tweet has it.
    """

    media_id: int
    media_key: str
    owner: int
    type: MediaType
    content_type: str
    total_bytes: int
    ready: bool
    seconds_left: int
    expires_at: int
    size: int
    width: int
    height: int
    duration_ms: int
    alt_text: str


class Segment(Struct, frozen=True):
    number: int
    name: str
    size: int


class Announced(Struct, frozen=True):
    media_id: int
    media_key: str
    owner: int
    type: MediaType
    content_type: str
    total_bytes: int


class TooLarge(ValueError):
    """The segments hold more than was announced."""


_SELECT = """
SELECT media_id, media_key, owner, type, content_type, total_bytes, ready,
       ceil(extract(epoch FROM expires_at - now()))::bigint AS seconds_left,
       extract(epoch FROM expires_at)::bigint AS expires_at,
       size, width, height, duration_ms, alt_text
FROM media WHERE (kept OR expires_at > now())
"""


class Rows:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, new: Announced) -> bool:
        """False when the user has too many bytes, or uploads, in no tweet already.

        Raises a 401 `Problem` when the account was closed while the bytes were on their way.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            owner = await connection.fetchrow(
                "SELECT user_id FROM accounts WHERE user_id = $1 FOR NO KEY UPDATE", new.owner
            )  # one after the other: each sees what the last one announced
            if owner is None:
                raise unauthorized("this account was closed")
            status = await connection.execute(
                f"""
            INSERT INTO media (media_id, media_key, owner, type, content_type, total_bytes,
                               expires_at)
            SELECT $1, $2, $3, $4, $5, $6::bigint, now() + interval '{USABLE}'
            FROM (SELECT coalesce(sum(total_bytes), 0) AS bytes, count(*) AS uploads FROM media
                  WHERE owner = $3 AND NOT kept AND expires_at > now()) AS unused
            WHERE bytes + $6::bigint <= {UNUSED_BYTES} AND uploads < {UNUSED_UPLOADS}
            """,
                *msgspec.structs.astuple(new),
            )
        return bool(status == "INSERT 0 1")

    async def of(self, media_id: int, owner: int) -> Upload | None:
        row = await self._pool.fetchrow(
            f"{_SELECT} AND media_id = $1 AND owner = $2", media_id, owner
        )
        return None if row is None else _upload(row)

    async def ready_by_keys(self, keys: Sequence[str]) -> dict[str, Upload]:
        rows = await self._pool.fetch(f"{_SELECT} AND ready AND media_key = ANY($1)", list(keys))
        return {row["media_key"]: _upload(row) for row in rows}

    async def ready_of(self, owner: int) -> list[Upload]:
        rows = await self._pool.fetch(
            f"{_SELECT} AND ready AND owner = $1 ORDER BY media_id", owner
        )
        return [_upload(row) for row in rows]

    async def add_segment(self, media_id: int, segment: Segment) -> str | None:
        """The name of the one with the same number that it replaces, if there is one.

        Raises `TooLarge`, and LookupError when the upload is finished, expired, or gone. When it
        has expired is looked at with the row locked: its segments may be on their way out.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            announced = await connection.fetchval(
                "SELECT total_bytes FROM media WHERE media_id = $1 AND NOT ready"
                " AND expires_at > clock_timestamp() FOR UPDATE",
                media_id,
            )
            if announced is None:
                raise LookupError(f"upload {media_id} takes no segments any more")
            replaced: str | None = await connection.fetchval(
                "SELECT name FROM media_segments WHERE media_id = $1 AND segment = $2",
                media_id,
                segment.number,
            )
            await connection.execute(
                "INSERT INTO media_segments VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (media_id, segment) DO UPDATE SET name = $3, size = $4",
                media_id,
                segment.number,
                segment.name,
                segment.size,
            )
            if await _received(connection, media_id) > announced:
                raise TooLarge(f"more than the {announced} bytes that were announced")
            return replaced

    async def segments(self, media_id: int) -> list[Segment]:
        rows = await self._pool.fetch(
            "SELECT segment, name, size FROM media_segments WHERE media_id = $1 ORDER BY segment",
            media_id,
        )
        return [Segment(row["segment"], row["name"], row["size"]) for row in rows]

    async def finish(
        self, media_id: int, *, size: int, width: int, height: int, duration_ms: int
    ) -> bool:
        """False when it has expired, or is gone."""
        status = await self._pool.execute(
            "UPDATE media SET ready = true, size = $2, width = $3, height = $4, duration_ms = $5"
            " WHERE media_id = $1 AND (kept OR expires_at > now())",
            media_id,
            size,
            width,
            height,
            duration_ms,
        )
        return bool(status == "UPDATE 1")

    async def expire(self, media_id: int) -> None:
        """An upload that is in no tweet. It is as if its time were over."""
        await self._pool.execute(
            "UPDATE media SET ready = false, expires_at = now() WHERE media_id = $1 AND NOT kept",
            media_id,
        )

    async def forget_segments(self, media_id: int) -> None:
        await self._pool.execute("DELETE FROM media_segments WHERE media_id = $1", media_id)

    async def describe(self, media_id: int, owner: int, alt_text: str | None) -> bool:
        """None leaves the text as it is. False when it is in a tweet, expired, or gone, or another
        user's."""
        status = await self._pool.execute(
            "UPDATE media SET alt_text = coalesce($3, alt_text)"
            " WHERE media_id = $1 AND owner = $2 AND NOT kept AND expires_at > now()",
            media_id,
            owner,
            alt_text,
        )
        return bool(status == "UPDATE 1")

    async def remove(self, media_id: int) -> None:
        await self._pool.execute("DELETE FROM media WHERE media_id = $1 AND NOT kept", media_id)

    async def withdrawn(self, limit: int) -> list[tuple[int, str]]:
        """Ids and keys of expired uploads, which nobody can use any more.

        That it may be done is looked at again when a row is locked: a tweet may have kept it.
        """
        rows = await self._pool.fetch(
            "UPDATE media SET ready = false WHERE media_id IN ("
            " SELECT media_id FROM media WHERE NOT kept AND expires_at <= now() LIMIT $1)"
            " AND NOT kept AND expires_at <= now() RETURNING media_id, media_key",
            limit,
        )
        return [(row["media_id"], row["media_key"]) for row in rows]

    async def left_over(self, limit: int) -> list[int]:
        """Ids of finished uploads whose segments are still noted a day later."""
        rows = await self._pool.fetch(
            "SELECT media_id FROM media WHERE kept AND expires_at <= now() AND EXISTS ("
            " SELECT FROM media_segments s WHERE s.media_id = media.media_id) LIMIT $1",
            limit,
        )
        return [row["media_id"] for row in rows]


async def _received(connection: Connection, media_id: int) -> int:
    received = await connection.fetchval(
        "SELECT sum(size) FROM media_segments WHERE media_id = $1", media_id
    )
    return int(received)


def _upload(row: Any) -> Upload:
    return msgspec.convert(dict(row), Upload)
