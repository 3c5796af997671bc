"""Photos and GIFs: are they what they seem, how large are they, and what must not stay in them."""

import asyncio
import struct
from collections.abc import Callable
from io import BytesIO

from msgspec import Struct
from PIL import Image, UnidentifiedImageError

from gateway.media import gif, jpeg, png, webp
from gateway.media.orientation import SIDEWAYS
from gateway.media.rejected import MediaRejected

MAX_SIDE = 8_192
AT_ONCE = 2
CHECK_SECONDS = 10.0

STRIP: dict[str, Callable[[bytes], tuple[bytes, int]]] = {
    "image/jpeg": jpeg.without_metadata,
    "image/png": png.without_metadata,
    "image/webp": webp.without_metadata,
    "image/gif": gif.without_metadata,
}

Image.MAX_IMAGE_PIXELS = None
"""Pillow would warn of large photos; here their sides are limited."""

_checking = asyncio.Semaphore(AT_ONCE)


class Photo(Struct, frozen=True):
    """`width` and `height` in pixels, as it is shown."""

    data: bytes
    width: int
    height: int


async def examined(data: bytes, content_type: str) -> Photo:
    """The photo without metadata. Raises `MediaRejected`, and TimeoutError."""
    async with asyncio.timeout(CHECK_SECONDS), _checking:
        return await asyncio.to_thread(examine, data, content_type)


def examine(data: bytes, content_type: str) -> Photo:
    """As `examined`, at once."""
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
