"""Photos and GIFs: are they what they seem, how large are they, and what must not stay in them."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from io import BytesIO

from msgspec import Struct
from PIL import Image, UnidentifiedImageError

from gateway.media import gif, jpeg, png, webp
from gateway.media.orientation import SIDEWAYS
from gateway.media.rejected import MediaRejected
from gateway.media.room import Room

MAX_SIDE = 8_192
IN_MEMORY = 4
THREADS = 2
CHECK_SECONDS = 10.0

STRIP: dict[str, Callable[[bytes], tuple[bytes, int]]] = {
    "image/jpeg": jpeg.without_metadata,
    "image/png": png.without_metadata,
    "image/webp": webp.without_metadata,
    "image/gif": gif.without_metadata,
}

Image.MAX_IMAGE_PIXELS = None
"""Pillow would warn of large photos; here their sides are limited."""


class Photo(Struct, frozen=True):
    """`width` and `height` in pixels, as it is shown."""

    data: bytes
    width: int
    height: int


Check = Callable[[bytes, str], Awaitable[Photo]]


class Checks:
    """In threads of their own: a check that nobody waits for any more goes on."""

    def __init__(self) -> None:
        self._room = Room(IN_MEMORY, "photos")
        self._threads = ThreadPoolExecutor(THREADS, "photos")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Check]:
        """To be in while a photo is in memory, for one check, which raises `MediaRejected`, and
        TimeoutError. The next turn begins when that has really ended. Raises `NoRoom`."""
        under_way: list[asyncio.Future[Photo]] = []

        async def check(data: bytes, content_type: str) -> Photo:
            loop = asyncio.get_running_loop()
            under_way.append(loop.run_in_executor(self._threads, examine, data, content_type))
            async with asyncio.timeout(CHECK_SECONDS):
                return await asyncio.shield(under_way[0])

        await self._room.enter()
        try:
            yield check
        finally:
            if under_way:
                under_way[0].add_done_callback(self._end_turn)
            else:
                self._room.leave()

    def _end_turn(self, check: asyncio.Future[Photo]) -> None:
        self._room.leave()
        if not check.cancelled():
            check.exception()  # whoever had to know has been told, or has gone


def examine(data: bytes, content_type: str) -> Photo:
    """The photo without metadata. Raises `MediaRejected`."""
    clean, orientation = STRIP[content_type](data)
    width, height = _size(clean, content_type)
    if orientation >= SIDEWAYS:
        width, height = height, width
    return Photo(clean, width, height)


def _size(data: bytes, content_type: str) -> tuple[int, int]:
    """By the head, and by the sums of a PNG. No pixel is decoded, which could take any memory."""
    kind = content_type.removeprefix("image/").upper()
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            size = image.size
            if kind == "PNG":
                image.verify()
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise MediaRejected(f"this is no good {kind}: {error}") from error
    if max(size) > MAX_SIDE:
        raise MediaRejected(f"more than {MAX_SIDE:,} pixels on a side: {size}")
    return size


_BROKEN = (OSError, SyntaxError, ValueError, IndexError, OverflowError, struct.error)
"""What Pillow raises for broken files."""
