"""The segments of an upload, read as one."""

from collections.abc import AsyncIterator, Sequence

from gateway.media.rejected import MediaRejected
from gateway.media.rows import Segment
from gateway.media.store import MediaStore


class Assembled:
    """`size` in bytes."""

    def __init__(self, store: MediaStore, segments: Sequence[Segment]) -> None:
        self._store = store
        self._segments = segments
        self.size = sum(segment.size for segment in segments)

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to, without, `end`. Raises `ObjectMissing`."""
        found = bytearray()
        place = 0
        for segment in self._segments:
            first, last = max(start - place, 0), min(end - place, segment.size)
            if first < last:
                async for chunk in self._store.read(segment.name, first, last):
                    found += chunk
            place += segment.size
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
