"""What `stsd` holds: how samples are to be read, and in each such entry further boxes."""

from collections.abc import Iterator, Sequence

from gateway.media.blanks import Span
from gateway.media.boxes import Box, boxes

STAYING = frozenset(
    {b"avcC", b"avcE", b"svcC", b"mvcC", b"hvcC", b"hvcE", b"lhvC", b"lvcC", b"vvcC", b"evcC"}
    | {b"apvC", b"av1C", b"vpcC", b"dvcC", b"dvvC", b"dvwC", b"esds", b"m4ds", b"d263", b"dvc1"}
    | {b"jp2h", b"glbl", b"strf", b"SMI ", b"mjqt", b"mjht", b"uncC", b"cmpd", b"ACLR", b"APRG"}
    | {b"AALP", b"ARES", b"DpxE"}
    | {b"colr", b"pasp", b"clap", b"fiel", b"gama", b"mdcv", b"clli", b"cclv", b"SmDm", b"CoLL"}
    | {b"amve", b"ccst", b"st3d", b"sv3d", b"vexu", b"hfov", b"btrt", b"bitr", b"sinf"}
    | {b"alac", b"chan", b"chnl", b"wave", b"wfex", b"pcmC", b"srat", b"enda", b"damr", b"dac3"}
    | {b"dec3", b"dac4", b"ddts", b"udts", b"dmlp", b"mhaC", b"mhaP", b"dOps", b"dfLa", b"iacb"}
    | {b"SA3D", b"SAND"}
    | {b"tims", b"tsro", b"snro"}
)
"""What decoders of pictures and of sound are told, how it is to be shown, and streaming hints."""

_PICTURE, _SOUND, _TIME_CODE, _CAPTIONS, _HINT = b"vide", b"soun", b"tmcd", b"clcp", b"hint"
_HEADS = {_PICTURE: 78, _SOUND: 28, _TIME_CODE: 26, _CAPTIONS: 8, _HINT: 16}
"""Bytes before the boxes, by the kind of the track."""

_LATER_SOUND = {1: 44, 2: 64}
"""Of QuickTime's second and third layouts, which the ISO's second `stsd` does not know."""

_VENDOR = slice(12, 16)
_COMPRESSOR = slice(42, 74)
_DEPTH, _PALETTE_ID, _PALETTE_LAST = slice(74, 76), slice(76, 78), slice(84, 86)
_WITH_PALETTE = (1, 2, 4, 8)


def described(index: bytes, descriptions: Box, entry: Box, track: bytes) -> Iterator[Box]:
    """The boxes in an entry of `stsd` in a track of that kind. Raises `MediaRejected`."""
    if track in _HEADS:
        yield from boxes(index, entry.body + _head(index, descriptions, entry, track), entry.end)


def made_with(entry: Box, track: bytes) -> Sequence[Span]:
    """Where an entry says with what the samples were made, often a camera."""
    fields = {_PICTURE: (_VENDOR, _COMPRESSOR), _SOUND: (_VENDOR,)}.get(track, ())
    return [
        Span(min(entry.body + field.start, entry.end), min(entry.body + field.stop, entry.end))
        for field in fields
    ]


def _head(index: bytes, descriptions: Box, entry: Box, track: bytes) -> int:
    body = index[entry.body : min(entry.end, entry.body + _PALETTE_LAST.stop)]
    if track == _SOUND and not index[descriptions.body]:
        return _LATER_SOUND.get(int.from_bytes(body[8:10]), _HEADS[_SOUND])
    if track == _PICTURE and int.from_bytes(body[_DEPTH]) in _WITH_PALETTE:
        colors = int.from_bytes(body[_PALETTE_LAST]) + 1
        return _PALETTE_LAST.stop + 8 * colors if body[_PALETTE_ID] == b"\0\0" else _HEADS[_PICTURE]
    return _HEADS[track]
