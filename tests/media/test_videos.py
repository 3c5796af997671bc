"""Videos tell how large and how long they are, and not where they were taken."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.rejected import MediaRejected
from gateway.media.videos import Blank, blanked, examined
from tests.media import pictures


class InMemory:
    def __init__(self, data: bytes, chunk: int = 1_000) -> None:
        self.data = data
        self.size = len(data)
        self.chunk = chunk

    async def read(self, start: int, end: int) -> bytes:
        return self.data[start:end]

    async def stream(self) -> AsyncIterator[bytes]:
        for place in range(0, self.size, self.chunk):
            yield self.data[place : place + self.chunk]


async def kept(source: InMemory) -> bytes:
    blanks = (await examined(source)).blanks
    return b"".join([chunk async for chunk in blanked(source.stream(), blanks)])


@pytest.mark.parametrize("chunk", [1, 7, 1_000, 100_000])
async def test_places_go_and_the_frames_stay_where_they_were(chunk: int) -> None:
    taken = pictures.video()
    assert taken.count(pictures.PLACE) == 7
    clean = await kept(InMemory(taken, chunk))
    assert pictures.PLACE not in clean
    assert len(clean) == len(taken)
    assert clean.find(b"\xab" * 5_000) == taken.find(b"\xab" * 5_000)
    again = await examined(InMemory(clean))
    assert (again.width, again.height, again.duration_ms) == (640, 360, 2_500)


async def test_a_video_taken_upright_is_higher_than_wide() -> None:
    video = await examined(InMemory(pictures.video(turned=True)))
    assert (video.width, video.height) == (360, 640)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pictures.box(b"ftyp", b"isom", bytes(4)), "no index"),
        (pictures.video()[:-300], "cut off"),
        (pictures.box(b"ftyp", b"isom") + pictures.box(b"moov"), "no picture"),
        (pictures.box(b"free") * 20_001, "20,000 boxes"),
        (
            pictures.box(b"ftyp", b"isom") + pictures.box(b"moov", pictures.box(b"trak") * 20_001),
            "20,000 boxes",
        ),
    ],
)
async def test_what_is_no_video_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(MediaRejected, match=why):
        await examined(InMemory(data))


@settings(deadline=None)
@given(st.data())
async def test_broken_videos_are_refused_and_never_crash(data: st.DataObject) -> None:
    taken = bytearray(pictures.video(payload=b"abc"))
    for place in data.draw(st.lists(st.integers(0, len(taken) - 1), max_size=6)):
        taken[place] = data.draw(st.integers(0, 255))
    with suppress(MediaRejected):
        await kept(InMemory(bytes(taken)))


@settings(deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6), st.integers(1, 50))
async def test_blanks_touch_nothing_but_themselves(
    data: bytes, places: list[int], chunk: int
) -> None:
    starts = sorted(places)
    blanks = [
        Blank(start, start + 8, end)
        for start, end in zip(starts[::2], starts[1::2], strict=False)
        if start + 8 <= end <= len(data)
    ]
    expected = bytearray(data)
    for blank in blanks:
        expected[blank.start + 4 : blank.body] = b"free"
        expected[blank.body : blank.end] = bytes(blank.end - blank.body)
    source = InMemory(data, chunk)
    assert b"".join([part async for part in blanked(source.stream(), blanks)]) == bytes(expected)
