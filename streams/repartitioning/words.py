"""Leaving out the words of what was deleted, and of who was erased, where records are copied.

What was said goes, and who said it, when and about what stays: so every view comes out the same,
in which nothing of it was to be seen any more.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import json

from events.codec import UNREADABLE
from events.positions import Partition
from events.reader import read

_MAKE = {"TweetPosted": "tweet_id", "ReplyPosted": "tweet_id", "ListCreated": "list_id"}
_CHANGE = {"TweetEdited": "tweet_id", "ReplyEdited": "tweet_id", "ListChanged": "list_id"}
_OF_PEOPLE = {"UserRegistered": "user_id", "ProfileChanged": "user_id"}
_DELETE = {"TweetDeleted": "tweet_id", "ReplyDeleted": "tweet_id", "ListDeleted": "list_id"}
_NEEDLES = (b"Deleted", b"UserErased")

WORDS = ("text", "name", "description", "username", "location", "url")

Record = dict[str, Any]


class Deletions:
    """Those of one partition, and what they have deleted, as far as it came by."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, int]] = {}
        """By what is deleted and by whom the offset of the last event that says so."""

        self._erased: dict[str, int] = {}
        """By person the offset of the last event that says so."""

        self._gone: set[str] = set()

    @classmethod
    async def before(cls, bootstrap: str, place: Partition, end: int) -> "Deletions":
        found = cls()
        async for records, _ in read(bootstrap, place, 0, end):
            for record in records:
                found.note(record.offset, record.value or b"")
        return found

    def note(self, offset: int, value: bytes) -> None:
        if not any(needle in value for needle in _NEEDLES) or (event := _event(value)) is None:
            return
        match event:
            case {"type": "UserErased", "user_id": str(user)}:
                self._erased[user] = offset
            case {"type": str(kind), "actor": str(actor)} if kind in _DELETE:
                self._last.setdefault(str(event.get(_DELETE[kind])), {})[actor] = offset

    def without_words(self, offset: int, value: bytes | None) -> bytes | None:
        """The record as it is to be copied; to be asked for all of the partition in order.

        A deletion takes effect on what the same person wrote before; what is changed after it, or
        comes again, no view takes in any more.
        """
        if not (self._last or self._erased) or (event := _event(value or b"")) is None:
            return value
        kind, actor = str(event.get("type")), str(event.get("actor"))
        if kind in _MAKE:
            made = str(event.get(_MAKE[kind]))
            if self._last.get(made, {}).get(actor, -1) > offset:
                self._gone.add(made)
        if kind in _OF_PEOPLE:
            gone = self._erased.get(str(event.get(_OF_PEOPLE[kind])), -1) > offset
        else:
            gone = str(event.get(_MAKE.get(kind) or _CHANGE.get(kind, ""))) in self._gone
        return json.encode(_wordless(event)) if gone else value


def _wordless(event: Record) -> Record:
    said = event | {name: "" for name in WORDS if isinstance(event.get(name), str)}
    for media in _objects(said.get("media")):
        media.pop("alt_text", None)
    for poll in _objects([said.get("poll")]):
        poll["options"] = [""] * len(poll.get("options", ()))
    return said


def _objects(found: object) -> Iterator[Record]:
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def _event(value: bytes) -> Record | None:
    """None for what is no event: nothing says what it would be about."""
    try:
        return json.decode(value, type=Record)
    except UNREADABLE:
        return None
