"""What a snapshot says of itself: `manifest.json`, written last, names every file and its sum.

log/TOPIC.PARTITION.jsonl.gz   the records of one partition (`records.py`)
tables/TABLE.copy.gz           rows as PostgreSQL's COPY writes them (`tables.py`)
media/KEY                      the bytes of a photo or video
"""

import gzip
import hashlib
import re
from pathlib import Path

from msgspec import DecodeError, Struct, json

from schemas.explained import Explained

FORMAT = 2
NAME = "manifest.json"

_PLAIN = re.compile(r"(log|tables|media)/[\w-][\w.-]*", re.ASCII)


class SnapshotRefused(Explained):
    """It cannot be taken, or restored, as things are; the text says why."""


class Sum(Struct, frozen=True):
    """`sha256` in hexadecimal digits."""

    sha256: str
    bytes: int


class LogFile(Struct, frozen=True):
    """The records of a partition, with the offsets from 0 up to, without, `end`."""

    topic: str
    partition: int
    end: int
    file: str


class TableFile(Struct, frozen=True):
    table: str
    columns: list[str]
    rows: int
    file: str


class Manifest(Struct, frozen=True):
    """`taken_at` in milliseconds since the Unix epoch. `media` names files, unless the bytes are in
    a bucket, where they stay."""

    format: int
    taken_at: int
    log: list[LogFile]
    tables: list[TableFile]
    media: list[str]
    files: dict[str, Sum]

    @property
    def events(self) -> int:
        return sum(each.end for each in self.log)

    @property
    def named(self) -> set[str]:
        """The files that are restored; each is to have its sum in `files`."""
        log, tables = (each.file for each in self.log), (each.file for each in self.tables)
        return {*log, *tables, *self.media}


def write(folder: Path, manifest: Manifest) -> None:
    text = json.format(json.encode(manifest), indent=1)
    (folder / NAME).write_bytes(text + b"\n")


def verified(folder: Path) -> Manifest:
    """The manifest of a whole and undamaged snapshot that can be read here.

    Raises `SnapshotRefused`.
    """
    try:
        said = (folder / NAME).read_bytes()
    except FileNotFoundError as error:
        raise SnapshotRefused(f"{folder} holds no snapshot, or an unfinished one") from error
    try:
        found = json.decode(said, type=_Format).format
        if found > FORMAT:
            raise SnapshotRefused(
                f"{folder} has format {found}; this birdlog reads up to format {FORMAT}"
            )
        manifest = json.decode(said, type=Manifest)
    except DecodeError as error:
        raise SnapshotRefused(f"{folder / NAME} is damaged: {error}") from error
    if differing := manifest.files.keys() ^ manifest.named:
        raise SnapshotRefused(
            f"{folder / NAME} is damaged: {min(differing)} has no sum in it, or no use"
        )
    for name, expected in manifest.files.items():
        _verify(folder, name, expected)
    return manifest


class _Format(Struct):
    format: int


def _verify(folder: Path, name: str, expected: Sum) -> None:
    path = folder / name
    if not _PLAIN.fullmatch(name):
        raise SnapshotRefused(f"{name} is no plain name of a file in a snapshot")
    if not path.is_file():
        raise SnapshotRefused(f"{path} is missing")
    if sum_of(path) != expected:
        raise SnapshotRefused(f"{path} is damaged: its SHA-256 is not that of the manifest")


def sum_of(path: Path) -> Sum:
    with path.open("rb") as file:
        return Sum(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def packed(path: Path) -> gzip.GzipFile:
    """A new file to write to. The same content gives the same bytes, whenever it is written."""
    return gzip.GzipFile(path, "wb", compresslevel=1, mtime=0)
