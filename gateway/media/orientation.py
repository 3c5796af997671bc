"""The one thing of EXIF that stays: which way up a photo is."""

import struct

UPRIGHT = 1
SIDEWAYS = 5
"""From this orientation on, width and height change places when the photo is shown."""

_TAG = 0x0112
_SHORT = 3


def orientation_of(tiff: bytes) -> int:
    """1 to 8; 1 where the block does not say or cannot be read. It begins with `II` or `MM`."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for number in range(entries):
            entry = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * number)
            if entry[:2] == (_TAG, _SHORT):
                return int(entry[3]) if 1 <= entry[3] <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT
    return UPRIGHT


def tiff_with(orientation: int) -> bytes:
    """A block that says the orientation alone."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _TAG, _SHORT, 1, orientation, 0, 0)
