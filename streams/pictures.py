"""What the friends of the demo show: a photo and a film, drawn here in few strokes."""

import io
import struct
from itertools import accumulate

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 400
SIDE = 320
"""Of the film, in pixels."""

FRAMES = 24
FRAMES_PER_SECOND = 8


def canal() -> bytes:
    """A PNG of a canal, with the sun and a heron."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#f6d9b8")
    draw = ImageDraw.Draw(image)
    draw.ellipse((470, 60, 550, 140), fill="#f2a65a")
    draw.rectangle((0, 240, WIDTH, HEIGHT), fill="#7aa6b8")
    draw.line((180, 330, 180, 230), fill="#4a5560", width=4)
    draw.ellipse((150, 170, 230, 240), fill="#8a97a3")
    draw.line((220, 185, 250, 110, 300, 118), fill="#8a97a3", width=8)
    return _saved(image, "PNG")


def game() -> bytes:
    """A QuickTime film, three seconds long, in which a rook crosses a chess board."""
    frames = [_board(number / (FRAMES - 1)) for number in range(FRAMES)]
    file_type = _box(b"ftyp", b"qt  ", bytes(4), b"qt  ")
    first = len(file_type) + 8
    places = list(accumulate((len(frame) for frame in frames[:-1]), initial=first))
    movie = _box(
        b"moov",
        _box(b"mvhd", _times(), _SPEED_AND_VOLUME, _MATRIX, struct.pack(">24xI", 2)),
        _box(b"trak", _track_head(), _box(b"mdia", *_media(frames, places))),
    )
    return file_type + _box(b"mdat", *frames) + movie


def _board(passed: float) -> bytes:
    image = Image.new("RGB", (SIDE, SIDE), "#e8d5b0")
    draw = ImageDraw.Draw(image)
    square = SIDE // 8
    for row in range(8):
        for column in range(1 - row % 2, 8, 2):
            left, top = column * square, row * square
            draw.rectangle((left, top, left + square, top + square), fill="#8a6a4a")
    left, top = int(passed * 7 * square), 3 * square
    draw.rectangle((left + 10, top + 6, left + 30, top + 34), fill="#303030")
    return _saved(image, "JPEG")


def _saved(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


_SPEED_AND_VOLUME = struct.pack(">IH10x", 1 << 16, 1 << 8)
_MATRIX = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _times() -> bytes:
    """As the heads of a film and of its media begin: no dates, how long, in frames."""
    return struct.pack(">5I", 0, 0, 0, FRAMES_PER_SECOND, FRAMES)


def _track_head() -> bytes:
    shown = struct.pack(">6I16x", 3, 0, 0, 1, 0, FRAMES)
    return _box(b"tkhd", shown, _MATRIX, struct.pack(">2I", SIDE << 16, SIDE << 16))


def _media(frames: list[bytes], places: list[int]) -> tuple[bytes, bytes, bytes]:
    sizes = [len(frame) for frame in frames]
    coded = struct.pack(
        ">6xH16x2H2I4xH32xHh", 1, SIDE, SIDE, 72 << 16, 72 << 16, 1, 24, -1
    )  # one JPEG a frame
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">2I", 0, 1), _box(b"jpeg", coded)),
        _box(b"stts", struct.pack(">4I", 0, 1, FRAMES, 1)),
        _box(b"stsc", struct.pack(">5I", 0, 1, 1, 1, 1)),
        _box(b"stsz", struct.pack(f">3I{FRAMES}I", 0, 0, FRAMES, *sizes)),
        _box(b"stco", struct.pack(f">2I{FRAMES}I", 0, FRAMES, *places)),
    )
    here = _box(
        b"dinf", _box(b"dref", struct.pack(">2I", 0, 1), _box(b"url ", bytes((0, 0, 0, 1))))
    )
    return (
        _box(b"mdhd", _times(), bytes(4)),
        _box(b"hdlr", struct.pack(">4x4s4s13x", b"mhlr", b"vide")),
        _box(b"minf", _box(b"vmhd", struct.pack(">I8x", 1)), here, table),
    )
