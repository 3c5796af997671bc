"""Waiting for workers to have joined their consumer groups, which takes Kafka a while."""

import asyncio

from events.log import Log
from events.positions import Partition, Position
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.events import TweetDeleted, UserUnfollowed

JOIN_SECONDS = 60.0


async def views_follow(log: Log, stores: Stores) -> None:
    """Waits until every view has passed two events that change nothing."""
    written = [
        await log.append(TweetDeleted(event_id=0, at=0, actor=0, request_id="", tweet_id=0)),
        await log.append(UserUnfollowed(event_id=0, at=0, actor=0, request_id="", target=0)),
    ]
    at = await generations.current(stores.postgres)
    async with asyncio.timeout(JOIN_SECONDS):
        for view in (make(stores, at) for make in VIEWS.values()):
            topics = {topic.name for topic in view.topics}
            wanted = [place for place in written if place.partition.topic in topics]
            while not _passed(await view.checkpoints(), wanted):
                await asyncio.sleep(0.05)


def _passed(stored: dict[Partition, int], wanted: list[Position]) -> bool:
    return all(stored.get(place.partition, 0) > place.offset for place in wanted)
