"""What a timeline is made of: 24 bytes an entry, newest first: the ids of the tweet or retweet, of
its author, and of the tweet that is shown."""

import secrets
import struct
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import NamedTuple

from msgspec import Struct

from events.positions import Position
from schemas.tweets import Entry

_ENTRY = struct.Struct(">QQQ")


class Post(NamedTuple):
    """An entry, where it stands in the log, and since when that was held as its batch began."""

    entry: Entry
    position: Position
    since: bytes


CAP = 800
"""Entries a timeline holds at least, if so many were posted."""

COMPLETE = _ENTRY.pack(0, 0, 1)
"""The last element of a timeline that holds everything since its first tweet."""


def building() -> bytes:
    """A mark of its own for each time a home timeline is opened to be collected.

    It is the last element until then. Whoever finds another one was overtaken: the list that he
    collected for is gone, and with it what has happened since.
    """
    return _ENTRY.pack(0, 0, 2 + secrets.randbits(62))


def is_mark(element: bytes) -> bool:
    return element.startswith(bytes(8))


def pack(entries: Iterable[Entry]) -> bytes:
    return b"".join(_ENTRY.pack(*entry) for entry in entries)


class Entries(Struct, frozen=True):
    """Entries as columns: of the many that are read for a page, few are looked at one by one."""

    tweet_ids: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()
    originals: tuple[int, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Entries":
        return cls(*zip(*entries, strict=True))

    def __len__(self) -> int:
        return len(self.tweet_ids)

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry, self.tweet_ids, self.authors, self.originals)

    def part(self, start: int, end: int | None = None) -> "Entries":
        if not start and (end is None or end >= len(self)):
            return self
        part = slice(start, end)
        return Entries(self.tweet_ids[part], self.authors[part], self.originals[part])

    def at(self, places: Iterable[int]) -> list[Entry]:
        return [Entry(self.tweet_ids[p], self.authors[p], self.originals[p]) for p in places]

    def only(self, kept: Iterable[bool]) -> "Entries":
        """Those at whose places `kept` is true."""
        chosen = list(kept)
        columns = (self.tweet_ids, self.authors, self.originals)
        return Entries(*(tuple(compress(column, chosen)) for column in columns))


def unpack(blob: bytes) -> Entries:
    """The entries in `blob`, without the mark that may end it."""
    numbers = struct.unpack(f">{len(blob) // 8}Q", blob)
    entries = Entries(numbers[::3], numbers[1::3], numbers[2::3])
    return entries.part(0, -1) if numbers and not numbers[-3] else entries
