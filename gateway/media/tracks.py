"""The tracks of a video beside picture and sound: some cameras write where they were into one."""

from collections.abc import Iterator

from gateway.media.boxes import Box, boxes
from gateway.media.rejected import MediaRejected

SHOWN = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp", b"tmcd", b"hint"})
"""Picture, sound, subtitles and time codes."""

MAX_CHUNKS = 200_000


def telling_tracks(index: bytes, movie: Box) -> Iterator[Box]:
    """Those of other kinds than `SHOWN`."""
    for track in boxes(index, movie.body, movie.end):
        if track.kind == b"trak":
            handler = _inside(index, track, b"mdia", b"hdlr")
            if handler is not None and index[handler.body + 8 : handler.body + 12] not in SHOWN:
                yield track


def places(index: bytes, track: Box, size: int) -> Iterator[tuple[int, int]]:
    """From where to where in the file, of `size` bytes, the track's samples are.

    Raises `MediaRejected` when there are too many.
    """
    table = _inside(index, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    offsets = _offsets(index, table)
    if len(offsets) > MAX_CHUNKS:
        raise MediaRejected(f"a track of the video has more than {MAX_CHUNKS:,} chunks")
    equal, sizes = _sizes(index, table)
    runs = dict(_runs(index, table))
    sample = count = 0
    for number, offset in enumerate(offsets, 1):
        count = runs.get(number, count)
        length = equal * count if equal else sum(sizes[sample : sample + count])
        sample += count
        if length and offset < size:
            yield offset, min(offset + length, size)


def _offsets(index: bytes, table: Box) -> list[int]:
    """Where each chunk of samples begins."""
    for kind, width in ((b"stco", 4), (b"co64", 8)):
        if found := _inside(index, table, kind):
            return [number for (number,) in _entries(index, found, 8, width)]
    return []


def _sizes(index: bytes, table: Box) -> tuple[int, list[int]]:
    """The size of all samples, or 0 and each one's."""
    found = _inside(index, table, b"stsz")
    if found is None:
        return 0, []
    equal = int.from_bytes(index[found.body + 4 : found.body + 8])
    return equal, [] if equal else [size for (size,) in _entries(index, found, 12, 4)]


def _runs(index: bytes, table: Box) -> Iterator[tuple[int, int]]:
    """From which chunk on there are how many samples in each."""
    if found := _inside(index, table, b"stsc"):
        for first, count, _ in _entries(index, found, 8, 4, 4, 4):
            yield first, count


def _entries(index: bytes, box: Box, skip: int, *widths: int) -> Iterator[list[int]]:
    """The numbers of a table that begins `skip` bytes into the body of its box."""
    place = box.body + skip
    while place + sum(widths) <= box.end:
        numbers = []
        for width in widths:
            numbers.append(int.from_bytes(index[place : place + width]))
            place += width
        yield numbers


def _inside(index: bytes, box: Box, *kinds: bytes) -> Box | None:
    """The first box on that path below `box`."""
    for kind in kinds:
        found = [inner for inner in boxes(index, box.body, box.end) if inner.kind == kind]
        if not found:
            return None
        box = found[0]
    return box
