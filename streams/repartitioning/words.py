"""Leaving out the words of what was deleted, and of who was erased, where records are copied.

What was said goes, and who said it, when and about what stays: so every view comes out the same,
in which nothing of it was to be seen any more.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import ValidationError, convert, json

from events.codec import UNREADABLE, Undecodable, decode
from events.positions import Partition
from events.reader import read
from schemas.events import ListDeleted, ReplyDeleted, TweetDeleted, UserErased

_MAKE = {"TweetPosted": "tweet_id", "ReplyPosted": "tweet_id", "ListCreated": "list_id"}
_CHANGE = {"TweetEdited": "tweet_id", "ReplyEdited": "tweet_id", "ListChanged": "list_id"}
_OF_PEOPLE = {"UserRegistered": "user_id", "ProfileChanged": "user_id"}

WORDS = ("text", "name", "description", "username", "location", "url", "alt_text", "options")

Record = dict[str, Any]


class Deletions:
    """Those of one partition, and what they have deleted, as far as it came by."""

    def __init__(self) -> None:
        self._last: dict[int, dict[int, int]] = {}
        """By what is deleted and by whom the offset of the last event that says so."""

        self._erased: dict[int, int] = {}
        """By person the offset of the last event that says so."""

        self._gone: set[int] = set()

    @classmethod
    async def between(cls, bootstrap: str, place: Partition, start: int, end: int) -> "Deletions":
        found = cls()
        async for records, _ in read(bootstrap, place, start, end):
            for record in records:
                found.note(record.offset, record.value or b"")
        return found

    def note(self, offset: int, value: bytes) -> None:
        """What no view can read deletes nothing."""
        try:
            event = decode(value)
        except Undecodable:
            return
        match event:
            case UserErased(user_id=user):
                self._erased[user] = offset
            case (
                TweetDeleted(tweet_id=gone)
                | ReplyDeleted(tweet_id=gone)
                | ListDeleted(list_id=gone)
            ):
                self._last.setdefault(gone, {})[event.actor] = offset
            case _:
                pass

    def without_words(self, offset: int, value: bytes | None) -> bytes | None:
        """The record as it is to be copied; to be asked for all of the partition in order.

        A deletion takes effect on what the same person wrote before; what is changed after it, or
        comes again, no view takes in any more. Of people it is what was said before alone.
        """
        if not (self._last or self._erased) or (event := _event(value or b"")) is None:
            return value
        kind = str(event.get("type"))
        name = _MAKE.get(kind) or _CHANGE.get(kind) or _OF_PEOPLE.get(kind)
        if name is None:
            return value
        about = _number(event, name)
        if kind in _OF_PEOPLE:
            gone = self._erased.get(about, -1) > offset
        else:
            deleted = self._last.get(about, {}) if kind in _MAKE else {}
            if deleted.get(_number(event, "actor"), -1) > offset:
                self._gone.add(about)
            gone = about in self._gone
        return json.encode(_wordless(event)) if gone else value


def _wordless(event: Record) -> Record:
    for part in (event, *_objects(event.get("media")), *_objects([event.get("poll")])):
        part |= {name: _blank(part[name]) for name in WORDS if name in part}
    return event


def _blank(words: object) -> object:
    """So many, and what can be read no less and no more: what is no word stays."""
    match words:
        case str():
            return ""
        case list():
            return ["" if isinstance(word, str) else word for word in words]
        case _:
            return words


def _objects(found: object) -> Iterator[Record]:
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def _number(event: Record, name: str) -> int:
    """An id as views read it, a string or a number; -1, which is none, for anything else."""
    try:
        return convert(event.get(name), int, strict=False)
    except ValidationError:
        return -1


def _event(value: bytes) -> Record | None:
    """None for what is no event: nothing says what it would be about."""
    try:
        return json.decode(value, type=Record)
    except UNREADABLE:
        return None
