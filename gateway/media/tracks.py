"""The tracks of a video beside picture and sound: some cameras write where they were into one."""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from gateway.media.blanks import Span
from gateway.media.boxes import Box, boxes
from gateway.media.rejected import MediaRejected

SHOWN = frozenset({b"vide", b"soun", b"clcp", b"tmcd", b"hint"})
"""Picture, sound and time codes. Drones write where they were into subtitles."""

Chunk = TypeVar("Chunk")

TABLE = (b"mdia", b"minf", b"stbl")
MAX_CHUNKS = 200_000


def tells(index: bytes, track: Box) -> bool:
    """Whether it is of another kind than `SHOWN`, or of none."""
    return kind_of(index, track) not in SHOWN


def places(index: bytes, tracks: Iterable[Box], size: int) -> list[Span]:
    """Where in the file, of `size` bytes, the samples of these tracks are; some may overlap.

    Raises `MediaRejected` when there are too many, or when it cannot be known.
    """
    return [
        Span(offset, min(offset + length, size))
        for offset, length in _bounded(c for track in tracks for c in _chunks(index, track))
        if length and offset < size
    ]


def kept_chunks(index: bytes, tracks: Iterable[Box]) -> Iterator[Span]:
    """Where in the file the samples of these tracks are; else as `places`.

    Of sound whose samples are all of one size only the first byte of each chunk: QuickTime does
    not always count that size in bytes.
    """
    return _bounded(span for track in tracks for span in _kept_chunks(index, track))


def _kept_chunks(index: bytes, track: Box) -> Iterator[Span]:
    table = _inside(index, track, *TABLE)
    unsure = table is not None and kind_of(index, track) == b"soun" and _sizes(index, table)[0] > 0
    for offset, length in _chunks(index, track):
        yield Span(offset, offset + (1 if unsure else max(length, 1)))


def _bounded(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    for number, chunk in enumerate(chunks):
        if number == MAX_CHUNKS:
            raise MediaRejected(f"tracks of the video have more than {MAX_CHUNKS:,} chunks")
        yield chunk


def kind_of(index: bytes, track: Box) -> bytes:
    """As its handler says; empty where it has none."""
    handler = _inside(index, track, b"mdia", b"hdlr")
    return b"" if handler is None else index[handler.body + 8 : handler.body + 12]


def _chunks(index: bytes, track: Box) -> Iterator[tuple[int, int]]:
    """Where each chunk of samples begins, and how long it is."""
    table = _inside(index, track, *TABLE)
    if table is None:
        return
    offsets = list(islice(_offsets(index, table), MAX_CHUNKS + 1))
    equal, sizes = _sizes(index, table)
    runs = {first: count for first, count in _runs(index, table) if first <= len(offsets)}
    count = 0
    for number, offset in enumerate(offsets, 1):
        count = runs.get(number, count)
        of_chunk = [equal] if equal else list(islice(sizes, count))
        if not count or (not equal and len(of_chunk) < count):
            raise MediaRejected("the video does not say how large the samples of a track are")
        yield offset, equal * count if equal else sum(of_chunk)


def _offsets(index: bytes, table: Box) -> Iterator[int]:
    """Where each chunk of samples begins."""
    for kind, width in ((b"stco", "I"), (b"co64", "Q")):
        if found := _inside(index, table, kind):
            return (number for (number,) in entries(index, found, 8, width))
    return iter(())


def _sizes(index: bytes, table: Box) -> tuple[int, Iterator[int]]:
    """The size of all samples, or 0 and each one's, as far as the track says it."""
    if found := _inside(index, table, b"stsz"):
        equal = int.from_bytes(index[found.body + 4 : found.body + 8])
        return equal, (size for (size,) in entries(index, found, 12, "I"))
    if found := _inside(index, table, b"stz2"):
        return 0, _short_sizes(index, found)
    return 0, iter(())


def _short_sizes(index: bytes, box: Box) -> Iterator[int]:
    """Of 4, 8 or 16 bits."""
    match index[box.body + 7 : box.body + 8]:
        case b"\x04":
            for (two,) in entries(index, box, 12, "B"):
                yield from (two >> 4, two & 15)
        case b"\x08":
            yield from (size for (size,) in entries(index, box, 12, "B"))
        case b"\x10":
            yield from (size for (size,) in entries(index, box, 12, "H"))


def _runs(index: bytes, table: Box) -> Iterator[tuple[int, int]]:
    """From which chunk on there are how many samples in each."""
    if found := _inside(index, table, b"stsc"):
        for first, count, _ in entries(index, found, 8, "3I"):
            yield first, count


def entries(index: bytes, box: Box, skip: int, row: str) -> Iterator[tuple[int, ...]]:
    """The rows of a table that begins `skip` bytes into the body of its box."""
    layout = struct.Struct(f">{row}")
    start = box.body + skip
    rows = max(0, box.end - start) // layout.size
    return layout.iter_unpack(index[start : start + rows * layout.size])


def _inside(index: bytes, box: Box, *kinds: bytes) -> Box | None:
    """The first box on that path below `box`."""
    for kind in kinds:
        found = next((b for b in boxes(index, box.body, box.end) if b.kind == kind), None)
        if found is None:
            return None
        box = found
    return box
