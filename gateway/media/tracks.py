"""The tracks of a video beside picture and sound: some cameras write where they were into one."""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice

from gateway.media.blanks import Span
from gateway.media.boxes import Box, boxes
from gateway.media.rejected import MediaRejected

SHOWN = frozenset({b"vide", b"soun", b"clcp", b"tmcd", b"hint"})
"""Picture, sound and time codes. Drones write where they were into subtitles."""

MAX_CHUNKS = 200_000


def telling_tracks(index: bytes, tracks: Iterable[Box]) -> Iterator[Box]:
    """Those of other kinds than `SHOWN`, or of none."""
    for track in tracks:
        handler = _inside(index, track, b"mdia", b"hdlr")
        if handler is None or index[handler.body + 8 : handler.body + 12] not in SHOWN:
            yield track


def places(index: bytes, tracks: Iterable[Box], size: int) -> list[Span]:
    """Where in the file, of `size` bytes, the samples of these tracks are; some may overlap.

    Raises `MediaRejected` when there are too many, or when it cannot be known.
    """
    chunks = (chunk for track in tracks for chunk in _chunks(index, track))
    found = []
    for number, (offset, length) in enumerate(chunks):
        if number == MAX_CHUNKS:
            raise MediaRejected(f"tracks of the video have more than {MAX_CHUNKS:,} chunks")
        if length and offset < size:
            found.append(Span(offset, min(offset + length, size)))
    return found


def _chunks(index: bytes, track: Box) -> Iterator[tuple[int, int]]:
    """Where each chunk of samples begins, and how long it is."""
    table = _inside(index, track, b"mdia", b"minf", b"stbl")
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
            return (number for (number,) in _entries(index, found, 8, width))
    return iter(())


def _sizes(index: bytes, table: Box) -> tuple[int, Iterator[int]]:
    """The size of all samples, or 0 and each one's, as far as the track says it."""
    if found := _inside(index, table, b"stsz"):
        equal = int.from_bytes(index[found.body + 4 : found.body + 8])
        return equal, (size for (size,) in _entries(index, found, 12, "I"))
    if found := _inside(index, table, b"stz2"):
        return 0, _short_sizes(index, found)
    return 0, iter(())


def _short_sizes(index: bytes, box: Box) -> Iterator[int]:
    """Of 4, 8 or 16 bits."""
    match index[box.body + 7 : box.body + 8]:
        case b"\x04":
            for (two,) in _entries(index, box, 12, "B"):
                yield from (two >> 4, two & 15)
        case b"\x08":
            yield from (size for (size,) in _entries(index, box, 12, "B"))
        case b"\x10":
            yield from (size for (size,) in _entries(index, box, 12, "H"))


def _runs(index: bytes, table: Box) -> Iterator[tuple[int, int]]:
    """From which chunk on there are how many samples in each."""
    if found := _inside(index, table, b"stsc"):
        for first, count, _ in _entries(index, found, 8, "3I"):
            yield first, count


def _entries(index: bytes, box: Box, skip: int, row: str) -> Iterator[tuple[int, ...]]:
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
