"""Videos: size, duration, and the boxes that may say where one was taken."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain, islice
from typing import Protocol

from msgspec import Struct

from gateway.media.blanks import NAME, Blanks, Span, merged
from gateway.media.boxes import Box, head_of, moved
from gateway.media.gps_blocks import apart, marked, named
from gateway.media.rejected import MediaRejected
from gateway.media.staying import TOP, WITHIN, Part, parts
from gateway.media.tracks import kept_chunks, places, tells

MAX_INDEX_BYTES = 16 * 1024 * 1024
MAX_BOXES = 20_000
MAX_FRAGMENT_BOXES = 200_000
"""In all fragments together: a film of two hours has 7,000 of them, with a dozen boxes each."""


class Source(Protocol):
    """The bytes of a video, wherever they are."""

    size: int

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to, without, `end`."""

    def stream(self) -> AsyncIterator[bytes]:
        """All of them."""


class Video(Struct, frozen=True):
    """`width` and `height` in pixels, as it is shown."""

    width: int
    height: int
    duration_ms: int
    blanks: Blanks


class _Beside(Struct, frozen=True):
    """What is beside the index: boxes that must not stay, blocks that say where it was taken, and
    all that is neither frames nor sound."""

    telling: Sequence[Box]
    blocks: Sequence[Span]
    other: Sequence[Span]


async def examined(source: Source) -> Video:
    """Raises `MediaRejected` when it is no video or its boxes cannot be followed."""
    telling: list[Box] = []
    other: list[Span] = []
    index, at = b"", 0
    place = count = inner = 0
    while place < source.size:
        box = head_of(await source.read(place, min(place + 16, source.size)), place, source.size)
        count += 1
        if count > MAX_BOXES:
            raise MediaRejected(f"the video has more than {MAX_BOXES:,} boxes")
        if box.kind == b"moov":
            if index:
                raise MediaRejected("the video has two indexes (moov)")
            index, at = await _whole(source, box), box.start
        elif box.kind not in TOP:
            telling.append(box)
        elif box.kind in WITHIN:
            fragment = await _whole(source, box)
            found = await asyncio.to_thread(_parts, fragment, inner, MAX_FRAGMENT_BOXES)
            inner += len(found)
            telling += [moved(part.box, box.start) for part in found if not part.stays]
        other.append(Span(box.start, box.body if box.kind == b"mdat" else box.end))
        place = box.end
    if not index:
        raise MediaRejected("the video has no index (moov)")
    beside = _Beside(telling, await marked(source.stream()), other)
    return await asyncio.to_thread(_read, index, at, source.size, beside)


async def _whole(source: Source, box: Box) -> bytes:
    """What is not read piece by piece. Raises `MediaRejected`."""
    if box.end - box.start > MAX_INDEX_BYTES:
        raise MediaRejected(f"the video's index ({box.kind.decode()}) is too large")
    return await source.read(box.start, box.end)


def _parts(data: bytes, before: int, most: int) -> list[Part]:
    """Of the box that is all of the data; with those `before` there may be so many."""
    found = list(islice(parts(data, head_of(data[:16], 0, len(data))), most - before + 1))
    if before + len(found) > most:
        raise MediaRejected(f"the video's index has more than {most:,} boxes")
    return found


def _read(index: bytes, at: int, size: int, beside: _Beside) -> Video:
    """The index, which stands at the place `at` of a file of `size` bytes."""
    found = _parts(index, 0, MAX_BOXES)
    kept = [part.box for part in found if part.stays]
    others = [part.box for part in found if not part.stays]
    tracks = [box for box in kept if box.kind == b"trak"]
    telling = [track for track in tracks if tells(index, track)]
    shown = [track for track in tracks if not tells(index, track)]
    gone = [*beside.telling, *(moved(box, at) for box in (*others, *telling))]
    blocks = [*beside.blocks, *named(index, others)]
    stays = chain(beside.other, kept_chunks(index, shown)) if blocks else ()
    zeros = [
        *(Span(box.body, box.end) for box in gone),
        *(Span(at + span.start, at + span.end) for part in found for span in part.told),
        *places(index, telling, size),
        *apart(blocks, stays, size),
    ]
    names = sorted(box.start + len(NAME) for box in gone)
    return Video(*_shown(index, kept), Blanks(merged(zeros), names))


def _shown(index: bytes, boxes: Sequence[Box]) -> tuple[int, int, int]:
    """Width, height and milliseconds."""
    width = height = duration = 0
    for box in boxes:
        body = index[box.body : box.end]
        wide = body[:1] == b"\x01"
        if box.kind == b"mvhd":
            scale = _number(body, 20 if wide else 12, 4)
            duration = _number(body, 24, 8) if wide else _number(body, 16, 4)
            duration = duration * 1000 // scale if scale else 0
        elif box.kind == b"tkhd":
            matrix = 52 if wide else 40
            sides = _number(body, matrix + 36, 4) >> 16, _number(body, matrix + 40, 4) >> 16
            turned = _number(body, matrix, 4) == 0 == _number(body, matrix + 16, 4)
            width, height = max((width, height), sides[::-1] if turned else sides)
    if not width or not height:
        raise MediaRejected("the video has no picture")
    return width, height, min(duration, 2**31 - 1)


def _number(body: bytes, place: int, size: int) -> int:
    return int.from_bytes(body[place : place + size])
