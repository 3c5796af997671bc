"""What the friends of the demo have drawn, taken in as if they had uploaded it."""

from typing import NamedTuple

from events.snowflake import Snowflakes
from gateway.media.desk import Desk
from schemas.media import Media
from streams.pictures import canal, game

ALT_TEXT = "A heron beside the canal, early in the morning"


class Uploaded(NamedTuple):
    """Its id, and what a tweet says of it."""

    media_id: int
    media: Media


async def photo(desk: Desk, ids: Snowflakes, owner: int) -> Uploaded:
    """Raises what its store raises."""
    media_id = await _upload(desk, ids, owner, canal(), "image/png", "tweet_image")
    await desk.rows.describe(media_id, owner, ALT_TEXT)
    return await _ready(desk, owner, media_id)


async def film(desk: Desk, ids: Snowflakes, owner: int) -> Uploaded:
    """As `photo`."""
    media_id = await _upload(desk, ids, owner, game(), "video/quicktime", "tweet_video")
    return await _ready(desk, owner, media_id)


async def _upload(
    desk: Desk, ids: Snowflakes, owner: int, data: bytes, kind: str, category: str
) -> int:
    media_id = ids.next()
    upload = await desk.begin(media_id, owner, kind, category, len(data))
    await desk.append(upload, 0, data)
    await desk.finish(upload)
    return media_id


async def _ready(desk: Desk, owner: int, media_id: int) -> Uploaded:
    return Uploaded(media_id, (await desk.uses.find(owner, [media_id]))[media_id])
