"""Everything that the log says about one tweet or one user, and which views have it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_type_hints

from msgspec import Struct, json

from events.codec import UNREADABLE
from events.dead_letters import all_letters
from events.partitioning import partition_of
from events.positions import Partition, Position
from events.reader import partitions
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.topics import TOPICS, Topic
from streams.naming import naming

Kind = Literal["tweet", "user"]

FIELDS: Mapping[Kind, frozenset[str]] = {
    "tweet": frozenset(
        {"tweet_id", "version_id", "retweet_id", "quote_of", "root", "parent", "pinned"}
    ),
    "user": frozenset(
        {
            "actor", "user_id", "target", "follower", "member", "mentions",
            "author", "root_author", "parent_author", "quoted_author",
        }
    ),
}  # fmt: skip
"""The fields of events that name one."""


class Fact(Struct, frozen=True):
    """One event as it stands in the log; `at` in milliseconds since the Unix epoch.

    Of the views that read it, which have `applied` it, have it still to come (`pending`), or have
    put it aside as a dead letter that is still open.
    """

    position: str
    at: int
    type: str
    actor: str
    event: dict[str, Any]
    applied: list[str]
    pending: list[str]
    set_aside: list[str]


async def history(stores: Stores, bootstrap: str, kind: Kind, number: int) -> list[Fact]:
    """In the order of the times at which it was decided; all that is on the log now."""
    topics = [topic for topic in TOPICS if _fields_of(topic, kind)]
    there = await partitions(bootstrap, [topic.name for topic in topics])
    places = [p for topic in topics for p in _places(topic, kind, number, there)]
    name = str(number)
    found = [
        (position, event)
        for position, value in await naming(bootstrap, places, number)
        if (event := _event(value)) and _names(event, kind, name)
    ]
    standing = await _standing(stores, bootstrap)
    facts = [standing.fact(position, event) for position, event in found]
    return sorted(facts, key=lambda fact: fact.at)


def _fields_of(topic: Topic, kind: Kind) -> set[str]:
    hints = {name for event in topic.events for name in get_type_hints(event)}
    return hints & FIELDS[kind]


def _places(topic: Topic, kind: Kind, number: int, there: Iterable[Partition]) -> list[Partition]:
    """All partitions of the topic, or the one of the key if nothing but the key can name it."""
    own = [partition for partition in there if partition.topic == topic.name]
    if _fields_of(topic, kind) == {topic.key} and not topic.keys:
        return [own[partition_of(str(number).encode(), len(own))]]
    return own


def _event(value: bytes) -> dict[str, Any] | None:
    """None for what is no event: nothing says whom it would be about."""
    try:
        return json.decode(value, type=dict[str, Any])
    except UNREADABLE:
        return None


def _names(event: Mapping[str, Any], kind: Kind, name: str) -> bool:
    said = (event.get(field) for field in FIELDS[kind])
    return any(name in one if isinstance(one, list) else name == one for one in said)


class Standing(Struct, frozen=True):
    """Where the views stand, and the ids of the dead letters that are open."""

    checkpoints: dict[str, dict[Partition, int]]
    topics: dict[str, set[str]]
    letters: set[str]

    def fact(self, position: Position, event: dict[str, Any]) -> Fact:
        partition, offset = position
        of: dict[str, list[str]] = {"applied": [], "pending": [], "set_aside": []}
        for view, topics in self.topics.items():
            if partition.topic not in topics:
                continue
            if offset >= self.checkpoints[view].get(partition, 0):
                of["pending"].append(view)
            else:
                letter = f"{view}@{position}"
                of["set_aside" if letter in self.letters else "applied"].append(view)
        at, kind, actor = event.get("at"), event.get("type", ""), event.get("actor", "")
        when = at if isinstance(at, int) else 0  # anybody may have written it
        return Fact(str(position), when, str(kind), str(actor), event, **of)


async def _standing(stores: Stores, bootstrap: str) -> Standing:
    at = await generations.current(stores.postgres)
    views = [make(stores, at) for make in VIEWS.values()]
    found = await asyncio.gather(*(view.checkpoints() for view in views))
    letters = await all_letters(bootstrap)
    return Standing(
        {view.name: checkpoints for view, checkpoints in zip(views, found, strict=True)},
        {view.name: {topic.name for topic in view.topics} for view in views},
        {name for name, letter in letters.items() if letter.settled is None},
    )
