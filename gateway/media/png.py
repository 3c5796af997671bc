"""PNG without its texts, times and EXIF; no pixel changes."""

import struct
import zlib

from gateway.media.orientation import UPRIGHT, orientation_of, tiff_with
from gateway.media.rejected import MediaRejected

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
    | {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI"}
    | {b"bKGD", b"hIST", b"pHYs", b"sPLT"}
)


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The photo up to its end, and its orientation, which it still says.

    Raises `MediaRejected` when the chunks cannot be followed to the end of the image.
    """
    kept = [SIGNATURE]
    orientation = UPRIGHT
    place = len(SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length = int.from_bytes(data[place : place + 4])
        kind = data[place + 4 : place + 8]
        after = place + 12 + length
        if after > len(data):
            raise MediaRejected(f"the PNG's chunk at byte {place} is cut off")
        if kind == b"eXIf":
            orientation = orientation_of(data[place + 8 : after - 4])
            if orientation != UPRIGHT:
                kept.append(_chunk(b"eXIf", tiff_with(orientation)))
        elif kind in _KEPT:
            kept.append(data[place:after])
        place = after
    return b"".join(kept), orientation


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
