"""What dashcams with Novatek's chips write between the frames: blocks that say where they were.

Each begins with its size in four bytes and `freeGPS `. No track has them; `moov/'gps '` may say
where they are.
"""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable
from itertools import accumulate, islice

from gateway.media.blanks import Span
from gateway.media.boxes import Box
from gateway.media.rejected import MediaRejected
from gateway.media.tracks import entries

MARK, INDEX = b"freeGPS ", b"gps "
SIZE_BYTES = 4
MAX_BLOCKS = 200_000


async def marked(chunks: AsyncIterator[bytes]) -> list[Span]:
    """All blocks, wherever they are, in their order. Raises `MediaRejected` when there are too
    many."""
    found: list[Span] = []
    rest, place = b"", 0
    async for chunk in chunks:
        data = rest + chunk
        if MARK in data:
            found += await asyncio.to_thread(_blocks, data, place - len(rest))
            _bounded(found)
        rest, place = data[1 - SIZE_BYTES - len(MARK) :], place + len(chunk)
    return found


def named(index: bytes, boxes: Iterable[Box]) -> list[Span]:
    """What boxes called `gps ` name, among these. Raises `MediaRejected` as `marked` does."""
    rows = (row for box in boxes if box.kind == INDEX for row in entries(index, box, 8, "2I"))
    return _bounded([Span(at, at + size) for at, size in islice(rows, MAX_BLOCKS + 1)])


def apart(blocks: Iterable[Span], kept: Iterable[Span], size: int) -> list[Span]:
    """In a file of `size` bytes those that begin in nothing that is kept, each up to its end or to
    where the next of what is kept begins. Only the blocks are held, whatever is kept."""
    those = sorted(blocks, key=lambda block: block.start)
    starts = [block.start for block in those]
    turns = [0] * (len(those) + 1)
    ends = [size] * len(those)
    for span in kept:
        first, after = bisect_left(starts, span.start), bisect_left(starts, span.end)
        turns[first] += 1
        turns[after] -= 1
        if first:
            ends[first - 1] = min(ends[first - 1], span.start)
    within = accumulate(turns[:-1])
    ends = list(accumulate(reversed(ends), min))[::-1]
    return [
        Span(block.start, min(block.end, end))
        for block, end, kept_around in zip(those, ends, within, strict=True)
        if not kept_around
    ]


def _blocks(data: bytes, at: int) -> list[Span]:
    """Those whose heads are in `data`, which stands at the place `at` of the file."""
    found: list[Span] = []
    mark = data.find(MARK, SIZE_BYTES)
    while mark >= 0 and len(found) <= MAX_BLOCKS:
        start = mark - SIZE_BYTES
        found.append(Span(at + start, at + start + int.from_bytes(data[start:mark])))
        mark = data.find(MARK, mark + len(MARK))
    return found


def _bounded(found: list[Span]) -> list[Span]:
    if len(found) > MAX_BLOCKS:
        raise MediaRejected(f"the video has more than {MAX_BLOCKS:,} blocks of places")
    return found
