"""GIF without comments and XMP; no pixel changes."""

from collections.abc import Iterator

from gateway.media.orientation import UPRIGHT
from gateway.media.rejected import MediaRejected, limited

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_HAS_TABLE = 0x80

MAX_PIECES = 400_000
"""Of all blocks together: a file of 15 MB has 60,000 where each is as long as it may be."""


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The image up to its end, and that it is upright.

    Raises `MediaRejected` when the blocks cannot be followed to the end of the image.
    """
    if len(data) < 13:
        raise MediaRejected("the GIF is cut off")
    place = 13 + _table(data[10])
    kept = [data[:place]]
    pieces = limited("the GIF", "pieces", MAX_PIECES)
    for _ in limited("the GIF", "blocks"):
        kind = _byte(data, place)
        if kind == _END:
            break
        if kind == _EXTENSION:
            after = _past_pieces(data, place + 2, pieces)
            stays = _stays(_byte(data, place + 1), data[place + 3 : place + 14])
        elif kind == _IMAGE:
            after = _past_pieces(data, place + 11 + _table(_byte(data, place + 9)), pieces)
            stays = True
        else:
            raise MediaRejected(f"the GIF has no block at byte {place}")
        if stays:
            kept.append(data[place:after])
        place = after
    return b"".join(kept) + bytes((_END,)), UPRIGHT


def _stays(label: int, application: bytes) -> bool:
    return label == _CONTROL or (label == _APPLICATION and application in _KEPT)


def _table(flags: int) -> int:
    """The size of a color table in bytes."""
    return 3 << ((flags & 7) + 1) if flags & _HAS_TABLE else 0


def _past_pieces(data: bytes, place: int, turns: Iterator[int]) -> int:
    while size := _byte(data, place):
        next(turns)
        place += 1 + size
    return place + 1


def _byte(data: bytes, place: int) -> int:
    if place >= len(data):
        raise MediaRejected("the GIF is cut off")
    return data[place]
