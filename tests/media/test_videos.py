"""Videos tell how large and how long they are, and not where they were taken."""

import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.blanks import Blanks, Span, blanked, merged
from gateway.media.gps_blocks import MAX_BLOCKS, apart
from gateway.media.rejected import MediaRejected
from gateway.media.tracks import MAX_CHUNKS
from gateway.media.videos import examined
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


spans = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda ends: Span(*sorted(ends)))

GPS = pictures.box(b"gps ", pictures.PLACE)


@pytest.mark.parametrize(
    "taken",
    [
        pictures.film(pictures.shown(), movie=GPS),
        pictures.film(pictures.shown(GPS)),
        pictures.film(pictures.shown(media=GPS)),
        pictures.film(pictures.shown(media=pictures.box(b"minf", GPS))),
        pictures.film(pictures.shown(media=pictures.box(b"minf", pictures.box(b"stbl", GPS)))),
        pictures.film(pictures.shown(pictures.box(b"tkhd", pictures.PLACE))),
        pictures.film(pictures.shown(media=pictures.handler(pictures.PLACE))),
        pictures.film(pictures.shown(), pictures.box(b"trak", pictures.box(b"mdia", GPS))),
    ],
    ids=["moov", "trak", "mdia", "minf", "stbl", "second tkhd", "second hdlr", "no handler"],
)
async def test_what_nobody_knows_goes_from_the_index(taken: bytes) -> None:
    assert pictures.PLACE in taken
    clean = await kept(InMemory(taken))
    assert (len(clean), pictures.PLACE in clean) == (len(taken), False)
    again = await examined(InMemory(clean))
    assert (again.width, again.height, again.duration_ms) == (640, 360, 2_500)


CONFIG = b"\xc0\xde" * 20
PICTURES, SOUND = pictures.box(b"avcC", CONFIG), pictures.box(b"esds", CONFIG)
WAVE = pictures.box(b"wave", SOUND, pictures.box(bytes(4)))
PALETTE = struct.pack(">IHH", 0, 0, 255) + bytes(range(256)) * 8


def shown_as(entry: bytes) -> bytes:
    return pictures.film(pictures.shown(media=pictures.box(b"minf", pictures.described(entry))))


def heard_as(entry: bytes, version: int = 0, kind: bytes = b"soun") -> bytes:
    table = pictures.described(entry, version=version)
    return pictures.film(pictures.shown(), pictures.track_of(kind, table))


@pytest.mark.parametrize(
    "taken",
    [
        shown_as(pictures.picture_entry(PICTURES, pictures.UDTA)),
        shown_as(pictures.picture_entry(pictures.UDTA, PICTURES)),
        shown_as(pictures.picture_entry(PICTURES, pictures.UDTA, depth=8, palette=PALETTE)),
        heard_as(pictures.sound_entry(SOUND, pictures.UDTA, layout=0)),
        heard_as(pictures.sound_entry(WAVE, pictures.UDTA, layout=1, more=16)),
        heard_as(pictures.sound_entry(SOUND, pictures.UDTA, layout=2, more=36)),
        heard_as(pictures.sound_entry(SOUND, pictures.UDTA, layout=1), version=1),
        heard_as(pictures.sound_entry(pictures.box(b"wave", SOUND, pictures.UDTA), layout=0)),
    ],
    ids=["picture", "before", "palette", "0", "1", "2", "ISO's 1", "wave"],
)
async def test_of_what_describes_samples_only_what_decoders_need_stays(taken: bytes) -> None:
    """Wherever in the description the boxes begin."""
    assert taken.count(pictures.UDTA) == taken.count(CONFIG) == 1
    clean = await kept(InMemory(taken))
    assert (pictures.PLACE in clean, clean.count(CONFIG)) == (False, 1)
    assert clean == await kept(InMemory(taken.replace(pictures.UDTA, emptied(pictures.UDTA))))
    again = await examined(InMemory(clean))
    assert (again.width, again.height, again.duration_ms) == (640, 360, 2_500)


def emptied(box: bytes) -> bytes:
    return box[:4] + b"free" + bytes(len(box) - 8)


async def test_with_what_the_samples_were_made_goes() -> None:
    clean = await kept(InMemory(shown_as(pictures.picture_entry(PICTURES))))
    before, _, after = shown_as(pictures.picture_entry(PICTURES)).partition(CONFIG)
    assert (b"Lark Cameras" in before, b"LARK" in before) == (True, True)
    assert (b"Lark Cameras" in clean, b"LARK" in clean) == (False, False)
    assert clean.endswith(CONFIG + after)
    entry = struct.pack(">2H2I", 640, 360, 72 << 16, 72 << 16)
    assert clean.count(entry) == before.count(entry) == 1


async def test_the_name_of_the_reel_goes_and_the_time_code_stays() -> None:
    head = bytes(12) + struct.pack(">2IB", 600, 20, 30) + bytes(5)
    name = pictures.box(b"name", b"\0\x15\0\0" + pictures.PLACE)
    clean = await kept(InMemory(heard_as(pictures.box(b"tmcd", head, name), kind=b"tmcd")))
    assert head + emptied(name) in clean


@pytest.mark.parametrize(
    "told",
    [
        pictures.fragment(pictures.UDTA),
        pictures.fragment(within=pictures.UDTA),
        pictures.fragment() + pictures.box(b"mfra", pictures.UDTA),
    ],
    ids=["moof", "traf", "mfra"],
)
async def test_places_go_from_fragments_and_their_frames_stay(told: bytes) -> None:
    """Also from the second: each is a box of its own beside the index."""
    film = pictures.film(pictures.shown())
    clean = await kept(InMemory(film + pictures.fragment() + told))
    expected = told.replace(pictures.UDTA, emptied(pictures.UDTA))
    assert clean[len(film) :] == pictures.fragment() + expected


async def test_when_it_was_taken_and_with_what_goes() -> None:
    taken = pictures.film(pictures.shown())
    when = struct.pack(">I", pictures.TAKEN_AT)
    assert (taken.count(when), b"Lark Cameras" in taken) == (6, True)
    clean = await kept(InMemory(taken))
    assert (clean.count(when), b"Lark Cameras" in clean) == (0, False)


@pytest.mark.parametrize("kind", [b"meta", b"text", b"sbtl", b"subt", b"camm"])
@pytest.mark.parametrize(
    "sizes",
    [
        pictures.box(b"stsz", struct.pack(">5I", 0, 0, 2, 12, 9)),
        pictures.box(b"stsz", struct.pack(">3I", 0, 11, 2)),
        pictures.box(b"stz2", struct.pack(">4xIIBB", 8, 2, 12, 9)),
        pictures.box(b"stz2", struct.pack(">4xIIHH", 16, 2, 12, 9)),
        pictures.box(b"stz2", struct.pack(">4xIIB", 4, 2, 12 << 4 | 9)),
    ],
    ids=["stsz", "equal", "8 bits", "16 bits", "4 bits"],
)
async def test_samples_of_tracks_that_tell_go(kind: bytes, sizes: bytes) -> None:
    table = pictures.samples([pictures.PAYLOAD], sizes, each=2)
    payload = pictures.PLACE + b"\xab" * 100
    taken = pictures.film(pictures.shown(), pictures.track_of(kind, table), payload=payload)
    clean = await kept(InMemory(taken))
    assert clean[pictures.PAYLOAD : pictures.PAYLOAD + 21] == bytes(21)
    assert clean[pictures.PAYLOAD + 23 : pictures.PAYLOAD + 100] == b"\xab" * 77


@pytest.mark.parametrize("chunk", [1, 7, 1_000])
@pytest.mark.parametrize(
    ("mark", "named"), [(b"freeGPS ", True), (b"freeGPS ", False), (b"\xee" * 8, True)]
)
async def test_blocks_of_dashcams_go_and_the_frames_stay(
    mark: bytes, named: bool, chunk: int
) -> None:
    block = pictures.gps_block(mark)
    taken = pictures.dashcam(block, block, named=named)
    assert taken.count(pictures.PLACE) == 2
    clean = await kept(InMemory(taken, chunk))
    mdat = slice(pictures.PAYLOAD, pictures.PAYLOAD + 2 * len(pictures.FRAME + block))
    assert clean[mdat] == (pictures.FRAME + bytes(len(block))) * 2
    assert clean[mdat.stop : mdat.stop + 8] == taken[mdat.stop : mdat.stop + 8]
    again = await examined(InMemory(clean))
    assert (again.width, again.height, again.duration_ms) == (640, 360, 2_500)


async def test_a_block_that_says_too_large_a_size_takes_no_frame_along() -> None:
    block = b"\xff\xff\xff\xff" + pictures.gps_block()[4:]
    taken = pictures.dashcam(block, block, named=False)
    clean = await kept(InMemory(taken))
    frames = (pictures.FRAME + bytes(len(block))) * 2
    assert clean[pictures.PAYLOAD : pictures.PAYLOAD + len(frames)] == frames
    assert await examined(InMemory(clean))


async def test_frames_that_look_like_a_block_stay() -> None:
    frame = pictures.gps_block()
    sizes = pictures.box(b"stsz", struct.pack(">3I", 0, len(frame), 1))
    media = pictures.box(b"minf", pictures.samples([pictures.PAYLOAD], sizes))
    clean = await kept(InMemory(pictures.film(pictures.shown(media=media), payload=frame)))
    assert clean[pictures.PAYLOAD : pictures.PAYLOAD + len(frame)] == frame


@pytest.mark.parametrize("said", [100, 400, 1_600])
async def test_sound_stays_and_blocks_go_whatever_is_counted_as_a_byte(said: int) -> None:
    """QuickTime's sound may say a size of one byte where a sample has four, or half a one."""
    sound, block = b"\x77" * 400, pictures.gps_block()
    clean = await kept(InMemory(pictures.dashcam(block, named=True, sound=sound, said=said)))
    there = sound + pictures.FRAME + bytes(len(block))
    assert clean[pictures.PAYLOAD : pictures.PAYLOAD + len(there)] == there


async def test_blocks_are_followed_up_to_a_number() -> None:
    many = pictures.film(pictures.shown(), payload=(bytes(4) + b"freeGPS ") * (MAX_BLOCKS + 1))
    with pytest.raises(MediaRejected, match="200,000 blocks"):
        await examined(InMemory(many, 256 * 1024))
    index = struct.pack(">2I", 257, MAX_BLOCKS + 1) + bytes(8) * (MAX_BLOCKS + 1)
    with pytest.raises(MediaRejected, match="200,000 blocks"):
        await examined(
            InMemory(pictures.film(pictures.shown(), movie=pictures.box(b"gps ", index)))
        )


@given(st.lists(spans, max_size=8), st.lists(spans.filter(lambda s: s.start < s.end), max_size=8))
def test_blocks_apart_touch_nothing_that_is_kept(blocks: list[Span], kept: list[Span]) -> None:
    stays = bytes_of(kept)
    expected = set()
    for block in blocks:
        for place in range(block.start, min(block.end, 380)):
            if place in stays:
                break
            expected.add(place)
    assert bytes_of(apart(blocks, kept, 380)) == expected


async def test_a_video_taken_upright_is_higher_than_wide() -> None:
    video = await examined(InMemory(pictures.video(turned=True)))
    assert (video.width, video.height) == (360, 640)


def unsaid(sizes: bytes) -> bytes:
    """A video that does not say how long the two samples are that tell where it was taken."""
    table = pictures.samples([pictures.PAYLOAD], sizes, each=2)
    return pictures.film(pictures.shown(), pictures.track_of(b"meta", table), payload=bytes(100))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pictures.box(b"ftyp", b"isom", bytes(4)), "no index"),
        (pictures.video()[:-300], "cut off"),
        (pictures.box(b"ftyp", b"isom") + pictures.box(b"moov"), "no picture"),
        (pictures.box(b"free") * 20_001, "20,000 boxes"),
        (pictures.box(b"moof", pictures.box(b"traf") * 9_999) * 21, "200,000 boxes"),
        (shown_as(pictures.picture_entry(PICTURES, bytes(3) + b"\xffavcC")), "cut off"),
        (pictures.telling(bytes(1_000), [0] * (MAX_CHUNKS + 1)), "200,000 chunks"),
        (
            pictures.box(b"ftyp", b"isom") + pictures.box(b"moov", pictures.box(b"trak") * 20_001),
            "20,000 boxes",
        ),
        (pictures.film(pictures.shown()) + pictures.box(b"moov", pictures.shown()), "two indexes"),
        (unsaid(b""), "how large"),
        (unsaid(pictures.box(b"stz2", struct.pack(">4xII", 3, 2))), "how large"),
        (unsaid(pictures.box(b"stsz", struct.pack(">4I", 0, 0, 2, 12))), "how large"),
    ],
)
async def test_what_is_no_video_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(MediaRejected, match=why):
        await examined(InMemory(data))


@settings(deadline=None)
@given(st.data())
async def test_broken_videos_are_refused_and_never_crash(data: st.DataObject) -> None:
    blocks = pictures.dashcam(pictures.gps_block(), named=True, sound=bytes(8), said=2)
    film = shown_as(pictures.picture_entry(PICTURES, pictures.UDTA)) + pictures.fragment()
    taken = bytearray(data.draw(st.sampled_from([pictures.video(payload=b"abc"), blocks, film])))
    for place in data.draw(st.lists(st.integers(0, len(taken) - 1), max_size=6)):
        taken[place] = data.draw(st.integers(0, 255))
    with suppress(MediaRejected):
        await kept(InMemory(bytes(taken)))


async def test_many_places_that_overlap_cost_no_more_than_one() -> None:
    """Blanked one by one, these would be a terabyte of zeros."""
    taken = pictures.telling(b"\xab" * 5_000_000, [0] * MAX_CHUNKS)
    source = InMemory(taken, 256 * 1024)
    assert (await examined(source)).blanks.zeros == [Span(0, len(taken))]
    clean = await kept(source)
    assert (len(clean), len(clean) - clean.count(0)) == (len(taken), len("free"))


async def test_many_places_apart_are_all_blanked() -> None:
    places = range(1_000, 1_000 + 2 * MAX_CHUNKS, 2)
    taken = pictures.telling(b"\xab" * 500_000, list(places), 1)
    clean = await kept(InMemory(taken, 256 * 1024))
    assert clean[places[0] : places[-1] + 2] == b"\x00\xab" * MAX_CHUNKS


@given(st.lists(spans, max_size=12))
def test_merged_spans_hold_the_same_bytes_in_order_and_apart(given: list[Span]) -> None:
    found = merged(given)
    assert bytes_of(found) == bytes_of(given)
    assert all(before.end < after.start for before, after in pairwise(found))


def bytes_of(spans: Iterable[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


@settings(deadline=None)
@given(
    st.binary(max_size=400),
    st.lists(spans, max_size=12),
    st.lists(st.integers(0, 99).map(lambda number: number * 4), max_size=6, unique=True),
    st.integers(1, 50),
)
async def test_blanks_touch_nothing_but_themselves(
    data: bytes, zeros: list[Span], names: list[int], chunk: int
) -> None:
    zeros = [span for span in zeros if span.end <= len(data)]
    names = sorted(place for place in names if place + 4 <= len(data))
    expected = bytearray(data)
    for span in zeros:
        expected[span.start : span.end] = bytes(span.end - span.start)
    for place in names:
        expected[place : place + 4] = b"free"
    parts = blanked(InMemory(data, chunk).stream(), Blanks(merged(zeros), names))
    assert b"".join([part async for part in parts]) == bytes(expected)
