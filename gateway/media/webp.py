"""WebP without EXIF and XMP; no pixel changes."""

import struct

from gateway.media.jpeg import EXIF
from gateway.media.orientation import UPRIGHT, orientation_of, tiff_with
from gateway.media.rejected import MediaRejected

_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_SAYS_EXIF, _SAYS_XMP = 0x08, 0x04


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The photo up to its end, and its orientation, which it still says.

    Raises `MediaRejected` when the chunks cannot be followed to the end of the image.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise MediaRejected("the WebP is cut off")
    chunks: list[tuple[bytes, bytes]] = []
    orientation = UPRIGHT
    place = 12
    while place < end:
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        body = data[place + 8 : place + 8 + size]
        if len(body) < size:
            raise MediaRejected(f"the WebP's chunk at byte {place} is cut off")
        if kind == b"EXIF":
            orientation = orientation_of(body.removeprefix(EXIF))
        elif kind in _KEPT:
            chunks.append((kind, body))
        place += 8 + size + size % 2
    if orientation != UPRIGHT:
        chunks.append((b"EXIF", tiff_with(orientation)))
    written = b"WEBP" + b"".join(_chunk(kind, body, orientation) for kind, body in chunks)
    return b"RIFF" + struct.pack("<I", len(written)) + written, orientation


def _chunk(kind: bytes, body: bytes, orientation: int) -> bytes:
    if kind == b"VP8X" and body:
        flags = body[0] & ~(_SAYS_EXIF | _SAYS_XMP)
        body = bytes((flags | (_SAYS_EXIF if orientation != UPRIGHT else 0),)) + body[1:]
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
