"""The segments of an upload, read as one."""

import time
from pathlib import Path

from gateway.media.folder import Folder
from gateway.media.objects import once
from gateway.media.rows import Segment
from gateway.media.segments import Assembled

WHOLE = bytes(range(22))


async def test_any_part_is_read_across_segments(tmp_path: Path) -> None:
    (tmp_path / "partial").mkdir()
    store = Folder(tmp_path)
    segments = []
    place = 0
    for number, size in enumerate((1, 6, 2, 1, 12)):
        await store.put(str(number), once(WHOLE[place : place + size]))
        segments.append(Segment(number, str(number), size))
        place += size
    assembled = Assembled(store, segments)
    assert assembled.size == len(WHOLE)
    for start in range(len(WHOLE) + 1):
        for end in range(start, len(WHOLE) + 1):
            assert await assembled.read(start, end) == WHOLE[start:end]


async def test_a_read_looks_at_no_more_segments_than_it_touches(tmp_path: Path) -> None:
    """A video may have 1,000 segments and 20,000 boxes, each of which is a read."""
    assembled = Assembled(Folder(tmp_path), [Segment(n, str(n), 10) for n in range(1_000)])
    began = time.thread_time()
    for _ in range(20_000):
        assert await assembled.read(5_005, 5_005) == b""
    assert time.thread_time() - began < 1.0
