"""A few people of whom something is known in every place where a view keeps anything."""

from collections.abc import Sequence
from typing import Any

from projections.registry import USES, Readers
from projections.stores import Stores
from schemas.events import (
    Event,
    FollowRequested,
    ListCreated,
    ListDeleted,
    ListFollowed,
    ListMemberAdded,
    ListPinned,
    NotificationsRead,
    ProfileChanged,
    TweetBookmarked,
    TweetLiked,
    UserBlocked,
    UserMuted,
    UserRegistered,
)
from tests.audit.fed import Fed
from tests.projections.memory_log import (
    deleted,
    edited,
    followed,
    now_ms,
    posted,
    replied,
    reply_hidden,
    retweeted,
    to_target,
)

ANN, BEN, CAT = 16, 32, 48
KESTREL, HERON, GONE, ANSWER, BELOW, RETWEET, LIST = 1000, 1100, 1150, 1200, 1300, 1400, 1500
ENDED = 1600


def _fact(event_id: int, actor: int) -> dict[str, Any]:
    return {"event_id": event_id, "at": now_ms(), "actor": actor, "request_id": "t"}


def _marked(kind: type[Any], event_id: int, actor: int, tweet: int, author: int) -> Event:
    event: Event = kind(**_fact(event_id, actor), tweet_id=tweet, author=author)
    return event


def events() -> Sequence[Event]:
    return (
        UserRegistered(**_fact(1, ANN), user_id=ANN, username="ann", name="Ann"),
        ProfileChanged(**_fact(2, BEN), user_id=BEN, username="ben", name="Ben", protected=True),
        posted(KESTREL, ANN, "Kestrel"),
        edited(KESTREL, ANN, KESTREL + 1, "Kestrels"),
        posted(HERON, ANN, "Heron", quote_of=KESTREL),
        posted(GONE, ANN, "Swift"),
        deleted(GONE, ANN),
        replied(ANSWER, BEN, (KESTREL, ANN)),
        replied(BELOW, ANN, (KESTREL, ANN), (ANSWER, BEN)),
        reply_hidden(BELOW, ANN, KESTREL),
        _marked(TweetLiked, 10, BEN, KESTREL, ANN),
        _marked(TweetLiked, 11, ANN, ANSWER, BEN),
        _marked(TweetLiked, 9, CAT, KESTREL, ANN),
        _marked(TweetBookmarked, 12, BEN, HERON, ANN),
        retweeted(RETWEET, BEN, KESTREL, ANN),
        followed(BEN, ANN),
        to_target(FollowRequested, CAT, BEN, 3),
        to_target(UserMuted, BEN, CAT, 4),
        to_target(UserBlocked, ANN, CAT, 5),
        ListCreated(**_fact(LIST, ANN), list_id=LIST, name="birders"),
        ListMemberAdded(**_fact(6, ANN), list_id=LIST, member=BEN),
        ListFollowed(**_fact(8, CAT), list_id=LIST),
        ListPinned(**_fact(13, ANN), list_id=LIST),
        ListCreated(**_fact(ENDED, ANN), list_id=ENDED, name="owls", description="by night"),
        ListDeleted(**_fact(ENDED + 1, ANN), list_id=ENDED),
        NotificationsRead(**_fact(7, ANN), until=7),
    )


class Scene(Fed):
    """One view, with those that it uses, that has been told of it all and is read."""

    def __init__(self, stores: Stores, name: str) -> None:
        used = [one for one in USES.get(name, ()) if one != name]
        super().__init__(stores, names=[*used, name])
        self.generation = self.at[name]

    async def play(self) -> None:
        await self.prepare()
        await self.append(events())
        readers = Readers.at(self.stores, self.at)
        if "timelines" in self.views:
            await readers.timelines.home(BEN, limit=20)
        if "counters" in self.views:
            await readers.counters.of([KESTREL, ANN])
            await readers.counters.flags(BEN, [KESTREL])
