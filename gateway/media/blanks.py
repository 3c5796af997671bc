"""What is taken out of a video without moving anything in it: bytes become zeros, and boxes become
empty ones called `free`."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec import Struct

NAME = b"free"


class Span(Struct, frozen=True):
    """From the byte `start` of the file up to, without, `end`."""

    start: int
    end: int


class Blanks(Struct, frozen=True):
    """`zeros` and the places of `names` are sorted; no two of the zeros touch.

    A name stands also where there are zeros.
    """

    zeros: Sequence[Span]
    names: Sequence[int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same bytes, sorted, in as few spans as can be."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Span(found[-1].start, span.end)
        elif span.start < span.end:
            found.append(span)
    return found


async def blanked(chunks: AsyncIterator[bytes], blanks: Blanks) -> AsyncIterator[bytes]:
    """The same number of bytes. Each blank is looked at once for every chunk that it touches."""
    zeros = deque(blanks.zeros)
    names = deque(Span(place, place + len(NAME)) for place in blanks.names)
    place = 0
    async for chunk in chunks:
        here = _touched(zeros, place + len(chunk)), _touched(names, place + len(chunk))
        if any(here):
            yield await asyncio.to_thread(_changed, chunk, place, *here)
        else:
            yield chunk
        place += len(chunk)


def _touched(coming: deque[Span], end: int) -> list[Span]:
    """Those that begin before `end`; what goes on behind it stays among what is coming."""
    found = []
    while coming and coming[0].start < end:
        found.append(coming.popleft())
    if found and found[-1].end > end:
        coming.appendleft(found[-1])
    return found


def _changed(chunk: bytes, place: int, zeros: Sequence[Span], names: Sequence[Span]) -> bytes:
    """The chunk, which begins at `place`, with as much of the blanks as lies in it."""
    changed = bytearray(chunk)
    for span in zeros:
        start, end = max(span.start - place, 0), min(span.end - place, len(chunk))
        changed[start:end] = bytes(end - start)
    for span in names:
        start, end = max(span.start - place, 0), min(span.end - place, len(chunk))
        changed[start:end] = NAME[start + place - span.start : end + place - span.start]
    return bytes(changed)
