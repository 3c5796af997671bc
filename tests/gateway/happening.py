"""Events of people, put on the log as they are, and who waits for them."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from events.log import Log
from events.positions import Partition
from events.snowflake import WORKERS, Snowflakes
from schemas.events import Event, Mark, TweetRetweeted
from tests.person import Person

_ids = Snowflakes(WORKERS - 1)


async def happens(log: Log, sees: Person, kind: type[Event], actor: Person, **fields: Any) -> None:
    """`sees` waits for it."""
    event = kind(
        event_id=_ids.next(),
        at=time.time_ns() // 1_000_000,
        actor=int(actor.id),
        request_id="t",
        **fields,
    )
    position = await log.append(event)
    sees.seen[str(position.partition)] = str(position)


async def mark(log: Log, kind: type[Mark], actor: Person, tweet: str, author: Person) -> None:
    """The author waits for it."""
    more = {"retweet_id": 1} if kind is TweetRetweeted else {}
    fields = {"tweet_id": int(tweet), "author": int(author.id), **more}
    await happens(log, author, kind, actor, **fields)


class View(Protocol):
    async def checkpoints(self) -> Mapping[Partition, int]: ...


def waited_for(view: type[View], monkeypatch: pytest.MonkeyPatch) -> list[View]:
    """From here on, those of the kind that were asked how far they are."""
    asked: list[View] = []
    checkpoints = view.checkpoints

    async def noted(self: View) -> Mapping[Partition, int]:
        asked.append(self)
        return await checkpoints(self)

    monkeypatch.setattr(view, "checkpoints", noted)
    return asked
