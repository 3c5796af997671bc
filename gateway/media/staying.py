"""Which boxes of a video stay: those that players need. All others, whoever invented them, may say
where it was taken."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from gateway.media import sample_entries
from gateway.media.blanks import Span
from gateway.media.boxes import Box, boxes
from gateway.media.tracks import kind_of

TOP = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"pdin"})

END = bytes(4)
"""The last box in QuickTime's `wave`."""

WITHIN: Mapping[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"mvex": frozenset({b"mehd", b"trex", b"leva"}),
    b"trak": frozenset({b"tkhd", b"tref", b"edts", b"tapt", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"tapt": frozenset({b"clef", b"prof", b"enof"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"elng", b"minf"}),
    b"minf": frozenset(
        {b"vmhd", b"smhd", b"hmhd", b"sthd", b"nmhd", b"gmhd", b"hdlr", b"dinf", b"stbl"}
    ),
    b"gmhd": frozenset({b"gmin", b"text", b"tmcd"}),
    b"dinf": frozenset({b"dref"}),
    b"dref": frozenset({b"url ", b"urn ", b"alis"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stsz", b"stz2", b"stsc", b"stco", b"co64"}
        | {b"stss", b"stsh", b"stps", b"padb", b"stdp", b"sdtp", b"sbgp", b"sgpd", b"subs"}
        | {b"saiz", b"saio"}
    ),
    b"sinf": frozenset({b"frma", b"schm", b"schi"}),
    b"schi": frozenset({b"tenc"}),
    b"wave": frozenset({b"frma", b"enda", b"esds", b"mp4a", b"alac", b"chan", b"wfex", END}),
    b"sv3d": frozenset({b"svhd", b"proj"}),
    b"proj": frozenset({b"prhd", b"equi", b"cbmp", b"mshp", b"prji"}),
    b"vexu": frozenset({b"must", b"eyes", b"proj", b"pack"}),
    b"eyes": frozenset({b"must", b"stri", b"hero", b"cams", b"cmfy"}),
    b"cams": frozenset({b"blin"}),
    b"cmfy": frozenset({b"dadj"}),
    b"pack": frozenset({b"pkin"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset(
        {b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio", b"senc"}
    ),
    b"mfra": frozenset({b"tfra", b"mfro"}),
}
"""Containers, and what stays in them; for what is in `stsd` see `sample_entries`."""

OFTEN = frozenset(
    {b"trak", b"trex", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio", b"url ", b"urn ", b"alis"}
    | {b"colr", b"sinf", b"traf", b"trun", b"tfra"}
)
"""Of all others the first in a container stays, so that nobody reads another than is read here."""

COUNTED = {b"stsd": 8, b"dref": 8}
"""Bytes before the first box of a container, such as how many there are."""

NAMES = {b"hdlr": 24, b"url ": 4, b"urn ": 4, b"alis": 4, b"svhd": 4, END: 0}
"""Where in a body nothing but a name is: of what made it, often a camera, or of a file there."""


class Part(Struct, frozen=True):
    """A box, and where in it, if it stays, it tells what nobody needs."""

    box: Box
    stays: bool
    told: Sequence[Span] = ()


def parts(index: bytes, container: Box, track: bytes = b"") -> Iterator[Part]:
    """All boxes below it, outer ones first; of one that does not stay, the inner ones do not come.

    `track` is the kind of the track it is in. Raises `MediaRejected`.
    """
    inside = boxes(index, container.body + COUNTED.get(container.kind, 0), container.end)
    if container.kind == b"stsd":
        for entry in inside:
            yield Part(entry, True, sample_entries.made_with(entry, track))
            below = sample_entries.described(index, container, entry, track)
            yield from _chosen(index, below, sample_entries.STAYING, track)
    else:
        yield from _chosen(index, inside, WITHIN[container.kind], track)


def _chosen(
    index: bytes, beside: Iterable[Box], staying: frozenset[bytes], track: bytes
) -> Iterator[Part]:
    """Boxes that stand side by side, each with those below it."""
    seen: set[bytes] = set()
    for box in beside:
        stays = box.kind in staying and (box.kind in OFTEN or box.kind not in seen)
        seen.add(box.kind)
        yield Part(box, stays, _told(index, box) if stays else ())
        if stays and (box.kind in WITHIN or box.kind == b"stsd"):
            yield from parts(index, box, kind_of(index, box) if box.kind == b"trak" else track)


def _told(index: bytes, box: Box) -> Sequence[Span]:
    """When it was made and changed, and with what."""
    if box.kind in (b"mvhd", b"tkhd", b"mdhd"):
        width = 8 if index[box.body : box.body + 1] == b"\x01" else 4
        return [Span(box.body + 4, min(box.body + 4 + 2 * width, box.end))]
    if box.kind in NAMES:
        return [Span(min(box.body + NAMES[box.kind], box.end), box.end)]
    return ()
