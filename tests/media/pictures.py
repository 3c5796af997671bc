"""Photos, GIFs and videos made on the spot."""

import struct
from io import BytesIO

from PIL import Image, PngImagePlugin

PLACE = b"48.858844N 2.294351E"
"""Stands in every text, and as numbers in the GPS block, of what is made here."""


def exif(orientation: int = 1) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Lark Cameras"
    block[0x9286] = PLACE.decode()
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 31.8), 3: "E", 4: (2.0, 17.0, 39.7)})
    return block.tobytes()


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + PLACE + b"</x:xmpmeta>"


def photo(
    kind: str, size: tuple[int, int] = (64, 48), *, orientation: int = 1, metadata: bool = True
) -> bytes:
    """A JPEG, PNG or WEBP, by default with EXIF, XMP, a comment and a place."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    file = BytesIO()
    if not metadata:
        image.save(file, kind)
    elif kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", PLACE.decode())
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        image.save(file, kind, pnginfo=texts, exif=exif(orientation))
    elif kind == "JPEG":
        image.save(file, kind, exif=exif(orientation), xmp=XMP, comment=PLACE)
    else:
        image.save(file, kind, exif=exif(orientation), xmp=XMP)
    return file.getvalue()


def gif(frames: int = 3) -> bytes:
    images = [Image.new("RGB", (20, 10), (9 * frame, 0, 0)) for frame in range(frames)]
    file = BytesIO()
    images[0].save(
        file, "GIF", save_all=True, append_images=images[1:], duration=50, loop=0, comment=PLACE
    )
    return file.getvalue()


def animation() -> bytes:
    """A WebP of three frames, some of them with transparent pixels."""
    images = [Image.new("RGBA", (20, 10), (90 * frame, 9, 0, 255 - frame)) for frame in range(3)]
    file = BytesIO()
    images[0].save(file, "WEBP", save_all=True, append_images=images[1:], duration=50)
    return file.getvalue()


def riff(kind: bytes, *parts: bytes) -> bytes:
    """A chunk of a WebP."""
    body = b"".join(parts)
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


TAKEN_AT = 0xE1234567
"""Seconds since 1904, as videos say when they were made."""

_MVHD = box(b"mvhd", struct.pack(">IIIII", 0, TAKEN_AT, TAKEN_AT, 600, 1_500), bytes(80))


def video(
    *, brand: bytes = b"isom", payload: bytes = b"\xab" * 5_000, turned: bool = False
) -> bytes:
    """A video's boxes around no real frames: 640 by 360, two and a half seconds."""
    place = box(b"udta", box(b"\xa9xyz", PLACE))
    file_type = box(b"ftyp", brand, bytes(4), brand)
    way = len(file_type) + len(box(b"uuid", bytes(16), XMP)) + 8
    track = _track_of_places(way, way + len(PLACE) + len(payload))
    meta = box(b"meta", bytes(4), box(b"ilst", PLACE))
    return (
        file_type
        + box(b"uuid", bytes(16), XMP)
        + box(b"mdat", PLACE, payload, PLACE)
        + box(b"moov", _MVHD, shown(box(b"udta", PLACE), turned=turned), track, place, meta)
        + box(b"free", PLACE)
    )


def shown(*more: bytes, media: bytes = b"", turned: bool = False) -> bytes:
    """A track of pictures, with `more` boxes in it, and more of its `media`."""
    times = box(b"mdhd", struct.pack(">IIIII", 0, TAKEN_AT, TAKEN_AT, 600, 1_500), bytes(4))
    return box(b"trak", _tkhd(turned), *more, box(b"mdia", times, handler(b"vide"), media))


def handler(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(8), kind, bytes(12), b"Lark Cameras\0")


def film(*tracks: bytes, payload: bytes = b"", movie: bytes = b"") -> bytes:
    """A video of these tracks; the payload begins at byte `PAYLOAD`."""
    return FILE_TYPE + box(b"mdat", payload) + box(b"moov", _MVHD, *tracks, movie)


FILE_TYPE = box(b"ftyp", b"isom", bytes(4), b"isom")
PAYLOAD = len(FILE_TYPE) + 8


def samples(offsets: list[int], sizes: bytes, each: int = 1) -> bytes:
    """The table of a track with `each` samples at each offset, whose sizes are in a box."""
    return box(
        b"stbl",
        sizes,
        box(b"stsc", struct.pack(">5I", 0, 1, 1, each, 1)),
        box(b"stco", struct.pack(f">2I{len(offsets)}I", 0, len(offsets), *offsets)),
    )


def telling(payload: bytes, offsets: list[int], size: int | None = None) -> bytes:
    """A video whose second track says that it has a sample of `size` bytes, or of so many that
    they end behind the file, at each offset."""
    table = samples(offsets, box(b"stsz", struct.pack(">3I", 0, size or 2**31, len(offsets))))
    return film(shown(), track_of(b"meta", table), payload=payload)


UDTA = box(b"udta", box(b"\xa9xyz", PLACE))


def picture_entry(*inside: bytes, depth: int = 24, palette: bytes = b"") -> bytes:
    """How pictures are to be decoded, and by whom they were made."""
    sides = struct.pack(">2H2I4xH", 640, 360, 72 << 16, 72 << 16, 1)
    made_with = b"\x0fLark Cameras enc".ljust(32, b"\0")
    shades = struct.pack(">Hh", depth, 0 if palette else -1)
    entry = bytes(7) + b"\1" + bytes(4) + b"LARK" + bytes(8) + sides + made_with + shades
    return box(b"avc1", entry, palette, *inside)


def sound_entry(*inside: bytes, layout: int, more: int = 0) -> bytes:
    """How sound is to be decoded: with `more` bytes before the boxes."""
    head = struct.pack(">7xBHHIHHHHI", 1, layout, 0, 0, 2, 16, 0, 0, 48_000 << 16)
    return box(b"mp4a", head, b"\xee" * more, *inside)


def described(*entries: bytes, version: int = 0) -> bytes:
    """A table of such entries."""
    head = struct.pack(">B3xI", version, len(entries))
    return box(b"stbl", box(b"stsd", head, *entries))


def fragment(*more: bytes, within: bytes = b"") -> bytes:
    """A part of a film with one frame, and with `more` boxes, and some `within` its track."""
    run = box(b"trun", struct.pack(">4I", 1, 1, 400, len(FRAME)))
    track = box(b"traf", box(b"tfhd", struct.pack(">2I", 0x20000, 1)), run, within)
    return box(b"moof", box(b"mfhd", bytes(8)), track, *more) + box(b"mdat", FRAME)


FRAME = b"\xab" * 500


def gps_block(mark: bytes = b"freeGPS ", size: int = 256) -> bytes:
    """What a dashcam writes between the frames once a second."""
    return (struct.pack(">I", size) + mark + bytes(20) + PLACE).ljust(size, b"\xcd")


def dashcam(*blocks: bytes, named: bool, sound: bytes = b"", said: int = 0) -> bytes:
    """A film with a frame before each block, and some sound before the first, which its table says
    to be of so many bytes."""
    payload = sound
    frames, places = [], []
    for block in blocks:
        frames.append(PAYLOAD + len(payload))
        places.append((frames[-1] + len(FRAME), len(block)))
        payload += FRAME + block
    size = box(b"stsz", struct.pack(">3I", 0, len(FRAME), len(frames)))
    tracks = [shown(media=box(b"minf", samples(frames, size)))]
    if sound:
        size = box(b"stsz", struct.pack(">3I", 0, 1, said))
        tracks.append(track_of(b"soun", samples([PAYLOAD], size, said)))
    rows = b"".join(struct.pack(">2I", *place) for place in places)
    index = box(b"gps ", struct.pack(">2I", 257, len(places)), rows) if named else b""
    return film(*tracks, payload=payload, movie=index)


def _tkhd(turned: bool) -> bytes:
    one, none = 0x10000, 0
    matrix = (none, one, 0, -one, none, 0) if turned else (one, none, 0, none, one, 0)
    return box(
        b"tkhd",
        struct.pack(">IIIIII", 0, TAKEN_AT, TAKEN_AT, 1, 0, 1_500),
        bytes(16),
        struct.pack(">6i", *matrix) + bytes(12),
        struct.pack(">II", 640 << 16, 360 << 16),
    )


def _track_of_places(first: int, second: int) -> bytes:
    """A track of two chunks with one place in each, as action cameras write it."""
    half = len(PLACE) // 2
    table = box(
        b"stbl",
        box(b"stsz", struct.pack(">7I", 0, 0, 4, *(half, len(PLACE) - half) * 2)),
        box(b"stsc", struct.pack(">5I", 0, 1, 1, 2, 1)),
        box(b"stco", struct.pack(">4I", 0, 2, first, second)),
    )
    return track_of(b"meta", table)


def track_of(kind: bytes, table: bytes) -> bytes:
    return box(b"trak", box(b"mdia", handler(kind), box(b"minf", table)))
