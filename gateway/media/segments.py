"""The segments of an upload, read as one."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Sequence
from itertools import accumulate

from gateway.media.rejected import MediaRejected
from gateway.media.rows import Segment
from gateway.media.store import MediaStore


class Assembled:
    """`size` in bytes."""

    def __init__(self, store: MediaStore, segments: Sequence[Segment]) -> None:
        self._store = store
        self._segments = segments
        *self._places, self.size = accumulate((each.size for each in segments), initial=0)

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to, without, `end`. Raises `ObjectMissing`."""
        found = bytearray()
        touched = slice(
            max(bisect_right(self._places, start) - 1, 0), bisect_left(self._places, end)
        )
        for segment, place in zip(self._segments[touched], self._places[touched], strict=True):
            first, last = max(start - place, 0), min(end - place, segment.size)
            if first < last:
                async for chunk in self._store.read(segment.name, first, last):
                    found += chunk
        return bytes(found)

    async def stream(self) -> AsyncIterator[bytes]:
        """All bytes. Raises `ObjectMissing`."""
        for segment in self._segments:
            async for chunk in self._store.read(segment.name):
                yield chunk


def complete(segments: Sequence[Segment], total_bytes: int) -> None:
    """Raises `MediaRejected` unless there is every segment from 0 on and every byte."""
    there = {segment.number for segment in segments}
    if absent := sorted(set(range(max(there, default=0) + 1)) - there):
        raise MediaRejected(f"segment {absent[0]} is missing")
    received = sum(segment.size for segment in segments)
    if received != total_bytes:
        raise MediaRejected(f"{received} of the {total_bytes} bytes announced have come")
