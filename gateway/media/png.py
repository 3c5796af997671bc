"""PNG without its texts, times and EXIF; no pixel changes."""

import struct
import zlib

from gateway.media.orientation import UPRIGHT, orientation_of, tiff_with
from gateway.media.rejected import MediaRejected, limited

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IDAT", b"fcTL", b"fdAT", b"sPLT"})
_KEPT_ONCE = frozenset(
    {b"IHDR", b"PLTE", b"IEND", b"tRNS", b"acTL", b"bKGD", b"hIST", b"pHYs"}
    | {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI"}
)
"""A second one is no PNG's, and costs whoever reads it: each iCCP may hold a megabyte in 1 kB."""


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The photo up to its end, and its orientation, which it still says.

    Raises `MediaRejected` when the chunks cannot be followed to the end of the image.
    """
    kept = [SIGNATURE]
    seen: set[bytes] = set()
    orientation = UPRIGHT
    place = len(SIGNATURE)
    for _ in limited("the PNG", "chunks"):
        length = int.from_bytes(data[place : place + 4])
        kind = data[place + 4 : place + 8]
        after = place + 12 + length
        if after > len(data):
            raise MediaRejected(f"the PNG's chunk at byte {place} is cut off")
        if kind in _KEPT or (kind in _KEPT_ONCE and kind not in seen):
            kept.append(data[place:after])
        elif kind == b"eXIf" and kind not in seen:
            orientation = orientation_of(data[place + 8 : after - 4])
            if orientation != UPRIGHT:
                kept.append(_chunk(b"eXIf", tiff_with(orientation)))
        if kind == b"IEND":
            break
        seen.add(kind)
        place = after
    return b"".join(kept), orientation


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
