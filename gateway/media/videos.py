"""Videos: size, duration, and the boxes that may say where one was taken."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Protocol

from msgspec import Struct

from gateway.media.boxes import Box, boxes, head_of
from gateway.media.rejected import MediaRejected
from gateway.media.tracks import places, telling_tracks

MAX_INDEX_BYTES = 16 * 1024 * 1024
MAX_BOXES = 20_000
MAX_DEPTH = 4

_TOP = frozenset(
    {b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"pdin", b"prft"}
)
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"mvex"})
_TELLING = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})
"""Texts, places and cameras of all makers are in these; no player needs them."""


class Source(Protocol):
    """The bytes of a video, wherever they are."""

    size: int

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to, without, `end`."""

    def stream(self) -> AsyncIterator[bytes]:
        """All of them."""


class Blank(Struct, frozen=True):
    """A box of the file that is to become an empty one of the same size, or bytes in no box."""

    start: int
    body: int
    end: int
    boxed: bool = True


class Video(Struct, frozen=True):
    """`width` and `height` in pixels, as it is shown."""

    width: int
    height: int
    duration_ms: int
    blanks: list[Blank]


async def examined(source: Source) -> Video:
    """Raises `MediaRejected` when it is no video or its boxes cannot be followed."""
    blanks: list[Blank] = []
    index, at = b"", 0
    place = count = 0
    while place < source.size:
        box = head_of(await source.read(place, min(place + 16, source.size)), place, source.size)
        count += 1
        if count > MAX_BOXES:
            raise MediaRejected(f"the video has more than {MAX_BOXES:,} boxes")
        if box.kind == b"moov":
            if box.end - box.start > MAX_INDEX_BYTES:
                raise MediaRejected("the video's index (moov) is too large")
            index, at = await source.read(box.start, box.end), box.start
        elif box.kind not in _TOP:
            blanks.append(Blank(box.start, box.body, box.end))
        place = box.end
    if not index:
        raise MediaRejected("the video has no index (moov)")
    found = await asyncio.to_thread(_read, index, at, source.size)
    blanks = sorted([*blanks, *found.blanks], key=lambda blank: blank.start)
    return Video(found.width, found.height, found.duration_ms, blanks)


def _read(index: bytes, at: int, size: int) -> Video:
    """The index, which stands at the place `at` of a file of `size` bytes."""
    parts = list(islice(_all(index, 0, len(index)), MAX_BOXES + 1))
    if len(parts) > MAX_BOXES:
        raise MediaRejected(f"the video's index has more than {MAX_BOXES:,} boxes")
    tracks = list(telling_tracks(index, parts[0]))
    telling = [box for box in parts if box.kind in _TELLING] + tracks
    blanks = [Blank(at + box.start, at + box.body, at + box.end) for box in telling]
    for track in tracks:
        blanks += (Blank(start, start, end, False) for start, end in places(index, track, size))
    return Video(*_shown(index, parts), blanks)


def _all(index: bytes, start: int, end: int, depth: int = 0) -> Iterator[Box]:
    """The boxes of the index and those within them, outer ones first."""
    for box in boxes(index, start, end):
        yield box
        if box.kind in _CONTAINERS and depth < MAX_DEPTH:
            yield from _all(index, box.body, box.end, depth + 1)


def _shown(index: bytes, parts: Sequence[Box]) -> tuple[int, int, int]:
    """Width, height and milliseconds."""
    width = height = duration = 0
    for box in parts:
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


async def blanked(chunks: AsyncIterator[bytes], blanks: Sequence[Blank]) -> AsyncIterator[bytes]:
    """The same number of bytes, with every blank zeros, or an empty box called `free`.

    `blanks` are sorted by where they start.
    """
    coming, open_ones = deque(blanks), list[Blank]()
    place = 0
    async for chunk in chunks:
        end = place + len(chunk)
        while coming and coming[0].start < end:
            open_ones.append(coming.popleft())
        if open_ones:
            changed = bytearray(chunk)
            for blank in open_ones:
                _blank(changed, blank, place)
            chunk = bytes(changed)
        yield chunk
        place = end
        open_ones = [blank for blank in open_ones if blank.end > place]


def _blank(chunk: bytearray, blank: Blank, place: int) -> None:
    """As much of the blank as lies in the chunk, which begins at `place`."""
    start, end = max(blank.body - place, 0), min(blank.end - place, len(chunk))
    if start < end:
        chunk[start:end] = bytes(end - start)
    if blank.boxed:
        for number, byte in enumerate(b"free", blank.start + 4 - place):
            if 0 <= number < len(chunk):
                chunk[number] = byte
