"""JPEG without what it says about where, when and with what it was taken; no pixel changes."""

import re
import struct

from gateway.media.orientation import UPRIGHT, orientation_of, tiff_with
from gateway.media.rejected import MediaRejected, limited

EXIF = b"Exif\0\0"
_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_fill_bytes = re.compile(rb"\xff+")
_marker_in_scan = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Without the fill bytes before it: to look for those too, at each of a run, takes their square."""


def without_metadata(data: bytes) -> tuple[bytes, int]:
    """The photo up to its end, and its orientation, which it still says.

    Raises `MediaRejected` when the segments cannot be followed to the end of the image.
    """
    kept: list[bytes] = []
    orientation = UPRIGHT
    place = 2
    for _ in limited("the JPEG", "segments"):
        marker, place = _marker_at(data, place)
        if marker == _END:
            break
        body, after = _body(data, place)
        if marker == 0xE1 and body.startswith(EXIF):
            orientation = orientation_of(body[len(EXIF) :])
        if _stays(marker, body):
            kept.append(bytes((0xFF, marker)) + data[place:after])
        place = after
        if marker == _SCAN:
            found = _marker_in_scan.search(data, place)
            if found is None:
                raise MediaRejected("the JPEG has no end")
            kept.append(data[place : found.start()])
            place = found.start()
    return b"\xff\xd8" + b"".join(_said(orientation, kept)) + b"\xff\xd9", orientation


def _said(orientation: int, kept: list[bytes]) -> list[bytes]:
    """With the orientation after JFIF's segment, which must be the first one."""
    if orientation == UPRIGHT:
        return kept
    body = EXIF + tiff_with(orientation)
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    first = 1 if kept and kept[0].startswith(b"\xff\xe0") else 0
    return [*kept[:first], segment, *kept[first:]]


def _stays(marker: int, body: bytes) -> bool:
    if marker in _APPLICATION:
        return marker in _KEPT and body.startswith(_KEPT[marker])
    return marker != _COMMENT


def _marker_at(data: bytes, place: int) -> tuple[int, int]:
    """The marker, which fill bytes may precede, and the place behind it."""
    fill = _fill_bytes.match(data, place)
    if fill is None:
        raise MediaRejected(f"the JPEG has no marker at byte {place}")
    place = fill.end()
    if place >= len(data) or data[place] in (0, _START):
        raise MediaRejected(f"the JPEG has no marker at byte {place}")
    return data[place], place + 1


def _body(data: bytes, place: int) -> tuple[bytes, int]:
    """What a segment says, and the place behind it."""
    length = int.from_bytes(data[place : place + 2])
    if length < 2 or place + length > len(data):
        raise MediaRejected(f"the JPEG's segment at byte {place} is cut off")
    return data[place + 2 : place + length], place + length
