"""Waiting for workers to have joined their consumer groups, which takes Kafka a while."""

import asyncio

from events.log import Log
from events.positions import Partition, Position
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.events import (
    Event,
    ListDeleted,
    NotificationsRead,
    ReactionCleared,
    ReplyDeleted,
    RetweetRemoved,
    TweetDeleted,
    UserUnfollowed,
)

JOIN_SECONDS = 60.0


async def views_follow(log: Log, stores: Stores) -> None:
    """Waits until every view has passed events that change nothing, one a topic."""
    written = [
        await log.append(event)
        for event in (
            _nothing(TweetDeleted, tweet_id=0),
            _nothing(ReplyDeleted, tweet_id=0),
            _nothing(ReactionCleared, tweet_id=0, author=0),
            _nothing(RetweetRemoved, tweet_id=0, author=0, retweet_id=0),
            _nothing(UserUnfollowed, target=0),
            _nothing(ListDeleted, list_id=0),
            _nothing(NotificationsRead, until=0),
        )
    ]
    at = await generations.current(stores.postgres)
    async with asyncio.timeout(JOIN_SECONDS):
        for view in (make(stores, at) for make in VIEWS.values()):
            topics = {topic.name for topic in view.topics}
            wanted = [place for place in written if place.partition.topic in topics]
            while not _passed(await view.checkpoints(), wanted):
                await asyncio.sleep(0.05)


def _nothing(kind: type[Event], **fields: int) -> Event:
    return kind(event_id=0, at=0, actor=0, request_id="", **fields)


def _passed(stored: dict[Partition, int], wanted: list[Position]) -> bool:
    return all(stored.get(place.partition, 0) > place.offset for place in wanted)
