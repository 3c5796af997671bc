"""WebP without EXIF and XMP; no pixel changes."""

import struct
from collections.abc import Iterator

from gateway.media.jpeg import EXIF
from gateway.media.orientation import UPRIGHT, orientation_of, tiff_with
from gateway.media.rejected import MediaRejected, limited

_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_KEPT_IN_FRAMES = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_FRAME_HEAD = 16
_SAYS_EXIF, _SAYS_XMP = 0x08, 0x04


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The photo up to its end, and its orientation, which it still says.

    Raises `MediaRejected` when the chunks cannot be followed to the end of the image.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise MediaRejected("the WebP is cut off")
    turns = limited("the WebP", "chunks")
    chunks: list[tuple[bytes, bytes]] = []
    orientation = UPRIGHT
    for kind, body in _chunks(data, 12, end, turns):
        if kind == b"EXIF":
            orientation = orientation_of(body.removeprefix(EXIF))
        elif kind in _KEPT:
            chunks.append((kind, _frame(body, turns) if kind == b"ANMF" else body))
    if orientation != UPRIGHT:
        chunks.append((b"EXIF", tiff_with(orientation)))
    written = b"WEBP" + b"".join(
        _chunk(kind, _flagged(body, orientation) if kind == b"VP8X" else body)
        for kind, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(written)) + written, orientation


def _chunks(
    data: bytes, place: int, end: int, turns: Iterator[int]
) -> Iterator[tuple[bytes, bytes]]:
    """The kinds and bodies of those that stand side by side, a turn for each."""
    while place < end:
        next(turns)
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        body = data[place + 8 : place + 8 + size]
        if len(body) < size:
            raise MediaRejected(f"the WebP's chunk at byte {place} is cut off")
        yield kind, body
        place += 8 + size + size % 2


def _frame(body: bytes, turns: Iterator[int]) -> bytes:
    """One of an animation's, with nothing in it but its picture."""
    inside = _chunks(body, _FRAME_HEAD, len(body), turns)
    kept = (_chunk(kind, inner) for kind, inner in inside if kind in _KEPT_IN_FRAMES)
    return body[:_FRAME_HEAD] + b"".join(kept)


def _flagged(body: bytes, orientation: int) -> bytes:
    """The head, which says that there is EXIF only where it says the orientation."""
    flags = int.from_bytes(body[:1]) & ~(_SAYS_EXIF | _SAYS_XMP)
    return bytes((flags | (_SAYS_EXIF if orientation != UPRIGHT else 0),)) + body[1:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
