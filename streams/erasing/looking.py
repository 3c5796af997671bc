"""Looking into the log for what is left of somebody."""

from msgspec import Struct

from events.codec import Undecodable, decode
from events.reader import partitions
from schemas.events import PollVoted, ReplyHidden, UserErased
from schemas.topics import TOPICS
from streams.erasing.standing import Undoing, standing
from streams.naming import made, naming


class Look(Struct, frozen=True):
    """`erased_at` in milliseconds since the Unix epoch. `votes` and `hidden` no event takes back;
    `unreadable` are events of the person that a newer version wrote."""

    erased_at: int | None
    standing: list[Undoing]
    votes: int
    hidden: int
    unreadable: int


async def look(bootstrap: str, user: int) -> Look:
    """All that is on the log now."""
    events, unreadable = [], 0
    places = await partitions(bootstrap, [topic.name for topic in TOPICS])
    for _, value in await naming(bootstrap, places, user):
        try:
            events.append(decode(value))
        except Undecodable:
            by = made(value)
            unreadable += by is not None and by.actor == user
    own = [event for event in events if event.actor == user]
    return Look(
        min((event.at for event in own if isinstance(event, UserErased)), default=None),
        standing(user, events),
        len({event.tweet_id for event in own if isinstance(event, PollVoted)}),
        len({event.tweet_id for event in own if isinstance(event, ReplyHidden) and event.hidden}),
        unreadable,
    )
