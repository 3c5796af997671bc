"""Lifts events of old versions, step by step, to what today's handlers read."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import fields

from schemas.events import Event
from schemas.topics import TOPIC_OF

Record = dict[str, Any]
"""An event as decoded JSON, before it is a struct."""


def only_to_cleared(record: Record) -> Record:
    """At first a like and a dislike were always cleared together; then `only` named one of them."""
    return record | {"cleared": record.pop("only", None) or "either"}


def whole_to_given(record: Record) -> Record:
    """At first a change said all that a list was from then on, and left out what was empty."""
    return {"description": "", "private": False} | record


UPCASTERS: dict[tuple[str, int], Callable[[Record], Record]] = {
    ("ReactionCleared", 1): only_to_cleared,
    ("ListChanged", 1): whole_to_given,
}
"""From (event type, version) to the function that lifts a record of it by one version."""

CURRENT_VERSION: dict[type[Event], int] = {
    event_type: next(f.default for f in fields(event_type) if f.name == "v")
    for event_type in TOPIC_OF
}
_CURRENT_BY_NAME = {event_type.__name__: v for event_type, v in CURRENT_VERSION.items()}


def upcast(record: Record) -> Record:
    """The record at its current version. Raises `ValueError` for a type or version unknown here."""
    name, version = record.get("type"), record.get("v", 1)
    if not isinstance(name, str) or name not in _CURRENT_BY_NAME:
        raise ValueError(f"unknown event type {name!r}")
    current = _CURRENT_BY_NAME[name]
    if not isinstance(version, int) or version > current:
        raise ValueError(f"{name} of version {version!r} is newer than this birdlog ({current})")
    while version < current:
        record = UPCASTERS[name, version](record)
        version += 1
        record["v"] = version
    return record
