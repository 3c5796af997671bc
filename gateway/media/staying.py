"""Which boxes of a video stay: those that players need. All others, whoever invented them, may say
where it was taken."""

from collections.abc import Iterator, Mapping

from gateway.media.blanks import Span
from gateway.media.boxes import Box, boxes

TOP = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"pdin"})

WITHIN: Mapping[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"mvex": frozenset({b"mehd", b"trex", b"leva"}),
    b"trak": frozenset({b"tkhd", b"tref", b"edts", b"tapt", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"elng", b"minf"}),
    b"minf": frozenset(
        {b"vmhd", b"smhd", b"hmhd", b"sthd", b"nmhd", b"gmhd", b"hdlr", b"dinf", b"stbl"}
    ),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stsz", b"stz2", b"stsc", b"stco", b"co64"}
        | {b"stss", b"stsh", b"stps", b"padb", b"stdp", b"sdtp", b"sbgp", b"sgpd", b"subs"}
        | {b"saiz", b"saio"}
    ),
}
"""Containers, and what stays in them."""

OFTEN = frozenset({b"trak", b"trex", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio"})
"""Of all others the first in a container stays, so that nobody reads another than is read here."""

HANDLER_NAME = 24
"""Where in a handler's body its name begins, which is often a camera's."""


def parts(index: bytes, container: Box) -> Iterator[tuple[Box, bool]]:
    """All boxes below it, outer ones first, and whether each stays; of one that does not, the inner
    ones do not come. Raises `MediaRejected`."""
    seen: set[bytes] = set()
    for box in boxes(index, container.body, container.end):
        stays = box.kind in WITHIN[container.kind] and (box.kind in OFTEN or box.kind not in seen)
        seen.add(box.kind)
        yield box, stays
        if stays and box.kind in WITHIN:
            yield from parts(index, box)


def told(index: bytes, box: Box) -> Span | None:
    """What a box that stays tells and nobody needs: when it was made and changed, and with what."""
    if box.kind in (b"mvhd", b"tkhd", b"mdhd"):
        width = 8 if index[box.body : box.body + 1] == b"\x01" else 4
        return Span(box.body + 4, min(box.body + 4 + 2 * width, box.end))
    if box.kind == b"hdlr":
        return Span(min(box.body + HANDLER_NAME, box.end), box.end)
    return None
