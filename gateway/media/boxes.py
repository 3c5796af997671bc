"""The boxes that MP4 and QuickTime files are made of."""

from collections.abc import Iterator

from msgspec import Struct

from gateway.media.rejected import MediaRejected


class Box(Struct, frozen=True):
    """Places are bytes from the beginning of what it stands in; `body` is behind the head."""

    kind: bytes
    start: int
    body: int
    end: int


def head_of(head: bytes, start: int, limit: int) -> Box:
    """The box at `start` whose first up to 16 bytes are `head`; it must end by `limit`.

    Raises `MediaRejected`.
    """
    size, kind, body = int.from_bytes(head[:4]), head[4:8], 8
    if size == 1:
        size, body = int.from_bytes(head[8:16]), 16
    elif size == 0:
        size = limit - start
    if len(head) < body or size < body or start + size > limit:
        raise MediaRejected(f"the video's box at byte {start} is cut off")
    return Box(kind, start, start + body, start + size)


def moved(box: Box, by: int) -> Box:
    return Box(box.kind, box.start + by, box.body + by, box.end + by)


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Those that stand side by side in `data` from `start` to `end`. Raises `MediaRejected`."""
    while end - start >= 8:
        box = head_of(data[start : min(start + 16, end)], start, end)
        yield box
        start = box.end
