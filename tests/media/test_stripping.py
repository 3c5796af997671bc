"""What a photo says about where it was taken does not stay; what is to be seen does."""

import struct
import time
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms

from gateway.media.photos import STRIP, examine
from gateway.media.rejected import MediaRejected
from gateway.media.sniff import content_type_of, type_of
from tests.media import pictures

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
JPEG, PNG, _ = (pictures.photo(kind, metadata=False) for kind in KINDS)
GIF = pictures.gif()
GIF_HEAD = 13 + (3 << (GIF[10] & 7) + 1)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_places_go_and_the_picture_stays(kind: str, orientation: int) -> None:
    taken = pictures.photo(kind, orientation=orientation)
    assert pictures.PLACE in taken
    assert opened(taken).getexif().get_ifd(0x8825)
    kept = examine(taken, KINDS[kind])
    for told in (pictures.PLACE, b"Lark Cameras", b"xmpmeta"):
        assert told not in kept.data
    exif = opened(kept.data).getexif()
    assert not exif.get_ifd(0x8825)
    assert dict(exif) == ({} if orientation == 1 else {0x0112: orientation})
    before, after = opened(taken).convert("RGB"), opened(kept.data).convert("RGB")
    assert ImageChops.difference(before, after).getbbox() is None
    assert (kept.width, kept.height) == ((48, 64) if orientation == 6 else (64, 48))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_behind_the_end(kind: str) -> None:
    taken = pictures.photo(kind, metadata=False)
    assert examine(taken + pictures.photo(kind), KINDS[kind]).data == taken


def test_color_profiles_stay() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind, content_type in KINDS.items():
        file = BytesIO()
        Image.new("RGB", (8, 8)).save(file, kind, icc_profile=profile)
        assert opened(examine(file.getvalue(), content_type).data).info["icc_profile"] == profile


def test_of_many_color_profiles_of_a_png_one_stays() -> None:
    """Each is inflated by whoever reads it: 1 kB of the file to a megabyte."""
    profile = png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(1024**2)))
    taken = pictures.photo("PNG", metadata=False)
    head, rest = taken[:33], taken[33:]
    kept = examine(head + 500 * profile + rest, "image/png").data
    assert kept == head + profile + rest


def test_a_color_profile_that_inflates_to_more_than_a_megabyte_is_refused() -> None:
    profile = png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(1024**2 + 1)))
    taken = pictures.photo("PNG", metadata=False)
    with pytest.raises(MediaRejected, match="too large"):
        examine(taken[:33] + profile + taken[33:], "image/png")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_progressive_photos_are_followed_through_all_scans() -> None:
    file = BytesIO()
    image = Image.effect_noise((300, 200), 60).convert("RGB")
    image.save(file, "JPEG", progressive=True, exif=pictures.exif(), restart_marker_blocks=4)
    kept = examine(file.getvalue(), "image/jpeg").data
    assert pictures.PLACE not in kept
    assert ImageChops.difference(opened(file.getvalue()), opened(kept)).getbbox() is None


def test_a_long_run_of_fill_bytes_costs_no_more_than_its_length() -> None:
    """200 kB of it in a scan took minutes, and nobody else was answered."""
    taken = pictures.photo("JPEG", metadata=False)
    scan = taken.rindex(b"\xff\xd9")
    run = taken[:scan] + b"\xff" * 40_000 + b"\0" + taken[scan:]
    began = time.thread_time()
    assert examine(run, "image/jpeg").data == run
    assert time.thread_time() - began < 0.5


def test_a_long_run_of_fill_bytes_before_a_marker_costs_little() -> None:
    began = time.thread_time()
    assert examine(JPEG[:2] + b"\xff" * 20_000_000 + JPEG[2:], "image/jpeg").data == JPEG
    assert time.thread_time() - began < 0.5


def test_fill_bytes_before_a_marker_are_followed() -> None:
    taken = pictures.photo("JPEG")
    end = taken.rindex(b"\xff\xd9")
    kept = examine(taken[:end] + b"\xff" * 9 + taken[end:], "image/jpeg").data
    assert ImageChops.difference(opened(taken), opened(kept)).getbbox() is None


def test_an_animation_keeps_its_frames_and_loses_its_comment() -> None:
    taken = pictures.gif(frames=4)
    assert pictures.PLACE in taken
    kept = examine(taken, "image/gif")
    assert pictures.PLACE not in kept.data
    shown: Any = opened(kept.data)
    assert (shown.n_frames, shown.info["loop"], shown.info["duration"]) == (4, 0, 50)
    assert (kept.width, kept.height) == (20, 10)


def test_an_animated_webp_keeps_its_frames_and_loses_what_is_hidden_in_them() -> None:
    taken = pictures.animation()
    assert examine(taken, "image/webp").data == taken
    told = b"".join(
        pictures.riff(kind, body)
        for kind, body in ((b"EXIF", pictures.exif()), (b"XMP ", pictures.XMP), (b"lark", b"?"))
    )
    place = taken.index(b"ANMF")
    size = int.from_bytes(taken[place + 4 : place + 8], "little")
    frame = taken[place + 8 : place + 8 + size]
    hidden = pictures.riff(b"ANMF", frame, told)
    rest = taken[12:place] + hidden + taken[place + 8 + size :]
    assert opened(pictures.riff(b"RIFF", b"WEBP", rest)).size == (20, 10)
    kept = examine(pictures.riff(b"RIFF", b"WEBP", rest), "image/webp")
    assert kept.data == taken
    shown: Any = opened(kept.data)
    assert (shown.n_frames, kept.width, kept.height) == (3, 20, 10)


@pytest.mark.parametrize(
    ("data", "content_type", "why"),
    [
        (JPEG[:2] + b"\xff\xfe\0\2" * 1_200_000 + JPEG[2:], "image/jpeg", "20,000 segments"),
        (PNG[:33] + png_chunk(b"IDAT", b"") * 400_000 + PNG[33:], "image/png", "20,000 chunks"),
        (
            pictures.riff(b"RIFF", b"WEBP", pictures.riff(b"lark") * 600_000),
            "image/webp",
            "20,000 chunks",
        ),
        (
            pictures.riff(
                b"RIFF", b"WEBP", pictures.riff(b"ANMF", bytes(16) + b"lark\0\0\0\0" * 600_000)
            ),
            "image/webp",
            "20,000 chunks",
        ),
        (GIF[:GIF_HEAD] + b"!\xfe\0" * 5_000_000 + GIF[GIF_HEAD:], "image/gif", "20,000 blocks"),
        (
            GIF[:GIF_HEAD] + b"!\xfe" + b"\1?" * 7_000_000 + b"\0" + GIF[GIF_HEAD:],
            "image/gif",
            "400,000 pieces",
        ),
    ],
    ids=["JPEG", "PNG", "WebP", "frame", "GIF", "pieces"],
)
def test_photos_in_many_pieces_are_refused_before_they_are_all_followed(
    data: bytes, content_type: str, why: str
) -> None:
    """A GIF of 15 MB took 2.4 s, and what is refused counts against nobody's quota."""
    began = time.thread_time()
    with pytest.raises(MediaRejected, match=why):
        examine(data, content_type)
    assert time.thread_time() - began < 0.5


def test_large_photos_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(MediaRejected, match="8,192 pixels"):
        examine(pictures.photo("PNG", (8_193, 1), metadata=False), "image/png")


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(st.data())
def test_broken_photos_are_refused_and_never_crash(kind: str, data: st.DataObject) -> None:
    taken = bytearray(pictures.photo(kind))
    for place in data.draw(st.lists(st.integers(12, len(taken) - 1), max_size=5)):
        taken[place] = data.draw(st.integers(0, 255))
    cut = bytes(taken[: data.draw(st.integers(12, len(taken)))])
    with suppress(MediaRejected):
        examine(cut, KINDS[kind])


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        ("image/jpeg", b"\xff\xd8"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF\0\1\0\0WEBP"),
    ],
)
@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_behind_a_good_head_never_crash(
    content_type: str, head: bytes, rest: bytes
) -> None:
    with suppress(MediaRejected):
        STRIP[content_type](head + rest)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pictures.photo("JPEG"), "image/jpeg"),
        (pictures.photo("PNG"), "image/png"),
        (pictures.photo("WEBP"), "image/webp"),
        (pictures.gif(), "image/gif"),
        (pictures.video(), "video/mp4"),
        (pictures.video(brand=b"qt  "), "video/quicktime"),
        (pictures.video(brand=b"XAVC"), "video/mp4"),
        (pictures.video(brand=b"3g2a"), "video/mp4"),
        (pictures.video(brand=b"heic"), None),
        (pictures.video(brand=b"M4A "), None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!doctype html><script>", None),
        (b"\x7fELF\x02\x01\x01", None),
        (b"MZ\x90\0", None),
        (b"PK\x03\x04", None),
        (b"%PDF-1.7", None),
        (b"#!/bin/sh\n", None),
        (b"", None),
    ],
)
def test_only_the_first_bytes_say_what_it_is(data: bytes, expected: str | None) -> None:
    assert content_type_of(data[:64]) == expected


def test_a_gif_is_an_animation_unless_it_is_sent_as_an_image() -> None:
    assert type_of("image/gif", None) == "animated_gif"
    assert type_of("image/gif", "tweet_gif") == "animated_gif"
    assert type_of("image/gif", "tweet_image") == "photo"
    assert type_of("image/webp", None) == "photo"
    assert type_of("video/mp4", "tweet_video") == "video"
