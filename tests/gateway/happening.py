"""Events of people, put on the log as they are."""

import time

from events.log import Log
from events.snowflake import WORKERS, Snowflakes
from schemas.events import Event, Mark, TweetRetweeted
from tests.person import Person

_ids = Snowflakes(WORKERS - 1)


async def happens(log: Log, sees: Person, kind: type[Event], actor: Person, **fields: int) -> None:
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
