"""What a timeline is made of: 24 bytes an entry, newest first: the ids of the tweet or retweet, of
its author, and of the tweet that is shown."""

import secrets
import struct
from collections.abc import Iterable
from typing import NamedTuple

from events.positions import Position
from schemas.tweets import Entry

_ENTRY = struct.Struct(">QQQ")


class Post(NamedTuple):
    """An entry and where it stands in the log."""

    entry: Entry
    position: Position


CAP = 800
"""Entries a timeline holds at least, if so many were posted."""

COMPLETE = _ENTRY.pack(0, 0, 1)
"""The last element of a home timeline that holds everything since its first tweet."""


def building() -> bytes:
    """A mark of its own for each time a home timeline is opened to be collected.

    It is the last element until then. Whoever finds another one was overtaken: the list that he
    collected for is gone, and with it what has happened since.
    """
    return _ENTRY.pack(0, 0, 2 + secrets.randbits(62))


def pack(entries: Iterable[Entry]) -> bytes:
    return b"".join(_ENTRY.pack(*entry) for entry in entries)


def unpack(blob: bytes) -> list[Entry]:
    """The entries in `blob`, without the mark that may end it."""
    entries = list(map(Entry._make, _ENTRY.iter_unpack(blob)))
    if entries and entries[-1].tweet_id == 0:
        entries.pop()
    return entries
