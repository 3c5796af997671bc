"""Taking uploads in: announced, received in segments, examined, kept."""

import asyncio
import logging
import secrets
from typing import NamedTuple

from gateway.media import videos
from gateway.media.blanks import blanked
from gateway.media.objects import TRANSIENT, once
from gateway.media.photos import Checks
from gateway.media.rejected import MediaRejected
from gateway.media.room import Room
from gateway.media.rows import Announced, Rows, Segment, TooLarge, Upload
from gateway.media.segments import Assembled, complete
from gateway.media.sniff import HEAD_BYTES, content_type_of, type_of
from gateway.media.store import MediaStore
from gateway.media.uses import Uses
from gateway.turns import Turns
from projections import postgres
from projections.postgres import Pool
from schemas.media import MediaType

logger = logging.getLogger(__name__)

MAX_PHOTO_BYTES = 5 * 1024**2
MAX_GIF_BYTES = 15 * 1024**2
MAX_VIDEO_BYTES = 512 * 1024**2
MAX_SEGMENT_BYTES = 5 * 1024**2
VIDEOS_AT_ONCE = 4
FORGET_AT_ONCE = 100

LIMITS: dict[MediaType, int] = {
    "photo": MAX_PHOTO_BYTES,
    "animated_gif": MAX_GIF_BYTES,
    "video": MAX_VIDEO_BYTES,
}
FAMILIES = {
    "tweet_image": "image/",
    "tweet_gif": "image/gif",
    "tweet_video": "video/",
    "amplify_video": "video/",
}
KEY_PREFIXES: dict[MediaType, int] = {"photo": 3, "video": 7, "animated_gif": 16}
KEY_BITS = 128


class TooMuchUnused(RuntimeError):
    """The user has too many uploads that are in no tweet."""


class _Kept(NamedTuple):
    size: int
    width: int
    height: int
    duration_ms: int


class Desk:
    def __init__(self, pool: Pool, store: MediaStore) -> None:
        self.rows = Rows(pool)
        self.uses = Uses(pool)
        self.store = store
        self._finishing = Turns()
        self._checks = Checks()
        self._videos = Room(VIDEOS_AT_ONCE, "videos")
        self._giving_up: set[asyncio.Task[None]] = set()

    async def begin(
        self, media_id: int, owner: int, content_type: str, category: str | None, total_bytes: int
    ) -> Upload:
        """Raises `MediaRejected`, and `TooMuchUnused`."""
        if category is not None and not content_type.startswith(FAMILIES[category]):
            raise MediaRejected(f"{content_type} is no {category}")
        media_type = type_of(content_type, category)
        if total_bytes > LIMITS[media_type]:
            raise MediaRejected(f"a {media_type} has at most {LIMITS[media_type]} bytes")
        key = f"{KEY_PREFIXES[media_type]}_{secrets.randbits(KEY_BITS)}"
        new = Announced(media_id, key, owner, media_type, content_type, total_bytes)
        if not await self.rows.begin(new):
            raise TooMuchUnused("you have too many uploads that are in no tweet")
        upload = await self.rows.of(media_id, owner)
        assert upload is not None
        return upload

    async def append(self, upload: Upload, number: int, data: bytes) -> None:
        """Raises `MediaRejected`, `TooLarge`, and LookupError for a finished upload.

        What a segment replaces goes when nothing points to it any more; if the gateway dies before
        that, with the whole upload.
        """
        if not 0 < len(data) <= MAX_SEGMENT_BYTES:
            raise MediaRejected(f"a segment has 1 to {MAX_SEGMENT_BYTES} bytes")
        if len(data) > upload.total_bytes:
            raise MediaRejected("a segment is larger than what was announced")
        name = f"{_folder(upload.media_id)}/{number}-{secrets.token_hex(8)}"
        await self.store.put(name, once(data))
        try:
            replaced = await self.rows.add_segment(
                upload.media_id, Segment(number, name, len(data))
            )
        except (LookupError, TooLarge):
            await self.store.delete(name)
            raise
        if replaced is not None:
            await self.store.delete(replaced)

    async def finish(self, upload: Upload) -> None:
        """Raises LookupError when it has expired, `NoRoom`, and `MediaRejected`; where the bytes
        are at fault, the upload is gone then."""
        async with self._finishing.of(upload.media_id):
            segments = await self.rows.segments(upload.media_id)
            if not segments and await self._is_ready(upload):
                return
            complete(segments, upload.total_bytes)
            try:
                kept = await self._examined(upload, Assembled(self.store, segments))
            except MediaRejected:
                await self.rows.expire(upload.media_id)
                await self._remove(upload.media_id, upload.media_key)
                raise
            if not await self.rows.finish(upload.media_id, **kept._asdict()):
                await self.store.delete(name_of(upload.media_key))
                raise LookupError(f"upload {upload.media_id} has expired meanwhile")
            await self._forget_segments(upload.media_id)

    async def _is_ready(self, upload: Upload) -> bool:
        now = await self.rows.of(upload.media_id, upload.owner)
        return now is not None and now.ready

    async def _examined(self, upload: Upload, source: Assembled) -> _Kept:
        head = await source.read(0, min(HEAD_BYTES, source.size))
        found = content_type_of(head)
        if found != upload.content_type:
            raise MediaRejected(
                f"this is {found or 'no photo or video'}, not {upload.content_type}"
            )
        if upload.type == "video":
            async with self._videos:
                video = await videos.examined(source)
                chunks = blanked(source.stream(), video.blanks)
                await self.store.put(name_of(upload.media_key), chunks)
            return _Kept(source.size, video.width, video.height, video.duration_ms)
        async with self._checks.turn() as check:
            photo = await check(await source.read(0, source.size), found)
            await self.store.put(name_of(upload.media_key), once(photo.data))
        return _Kept(len(photo.data), photo.width, photo.height, 0)

    async def give_up(self, upload: Upload) -> None:
        """Of an upload that failed and whose client does not know its id: it counts no more, and
        its bytes go.

        Goes on when whoever waits for it goes. What cannot be reached now expires in its time.
        """
        task = asyncio.create_task(self._give_up(upload))
        self._giving_up.add(task)
        task.add_done_callback(self._giving_up.discard)
        await asyncio.shield(task)

    async def _give_up(self, upload: Upload) -> None:
        try:
            await self.rows.expire(upload.media_id)
            await self._remove_bytes(upload.media_id, upload.media_key)
        except (*postgres.TRANSIENT, *TRANSIENT) as error:
            logger.warning("upload %d is left to expire: %r", upload.media_id, error)

    async def forget_expired(self) -> None:
        """Removes what expired, and what an interrupted `finish` left behind."""
        while expired := await self.rows.withdrawn(FORGET_AT_ONCE):
            for media_id, media_key in expired:
                await self._remove(media_id, media_key)
        while left_over := await self.rows.left_over(FORGET_AT_ONCE):
            for media_id in left_over:
                await self._forget_segments(media_id)

    async def _remove(self, media_id: int, media_key: str) -> None:
        """Of what has expired, so that no segment is added between the two."""
        await self._remove_bytes(media_id, media_key)
        await self.rows.remove(media_id)

    async def _remove_bytes(self, media_id: int, media_key: str) -> None:
        await self.store.delete_below(_folder(media_id))
        await self.store.delete(name_of(media_key))

    async def _forget_segments(self, media_id: int) -> None:
        await self.store.delete_below(_folder(media_id))
        await self.rows.forget_segments(media_id)


def name_of(media_key: str) -> str:
    """Where the store has a finished photo or video."""
    return f"media/{media_key}"


def _folder(media_id: int) -> str:
    return f"uploads/{media_id}"
