"""What people of a world do with what others wrote: answers, reactions, votes and lists."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from events.bulk import BulkAppender
from events.snowflake import Snowflakes
from gateway.facts import Fact
from schemas.events import (
    Event,
    ListCreated,
    ListFollowed,
    ListMemberAdded,
    ListPinned,
    Mark,
    Poll,
    PollVoted,
    ReplyPosted,
    TweetBookmarked,
    TweetDisliked,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
)
from schemas.ids import time_of
from streams.load import REQUEST_ID, Advance
from streams.world import World

POLL_MINUTES = 1_440


class Tweeted(NamedTuple):
    tweet_id: int
    author: int


def fact_of(ids: Snowflakes, actor: int) -> Fact:
    event_id = ids.next()
    return Fact(event_id=event_id, at=time_of(event_id), actor=actor, request_id=REQUEST_ID)


def reply(said: Fact, text: str, root: Tweeted, parent: Tweeted) -> ReplyPosted:
    return ReplyPosted(
        **said,
        tweet_id=said["event_id"],
        text=text,
        root=root.tweet_id,
        root_author=root.author,
        parent=parent.tweet_id,
        parent_author=parent.author,
    )


class Deeds:
    """Writes the deeds of `world`, whose people have the user ids `person`, in their order."""

    def __init__(
        self, world: World, person: Sequence[int], tweets: Sequence[Tweeted], ids: Snowflakes
    ) -> None:
        self._world = world
        self._person = person
        self._tweets = tweets
        self._ids = ids

    async def write(self, appender: BulkAppender, advance: Advance) -> None:
        events = list(
            chain(self._replies(), self._quotes(), self._polls(), self._marks(), self._lists())
        )
        for number, event in enumerate(events, 1):
            await appender.append(event)
            if number % 500 == 0 or number == len(events):
                advance("deeds", number, len(events))
        await appender.flush()

    def _fact(self, person: int) -> Fact:
        return fact_of(self._ids, self._person[person])

    def _replies(self) -> Iterable[Event]:
        for author, number, text in self._world.replies:
            answered = self._tweets[number]
            yield reply(self._fact(author), text, answered, answered)

    def _quotes(self) -> Iterable[Event]:
        for author, number, text in self._world.quotes:
            fact, quoted = self._fact(author), self._tweets[number]
            yield TweetPosted(
                **fact,
                tweet_id=fact["event_id"],
                text=text,
                quote_of=quoted.tweet_id,
                quoted_author=quoted.author,
            )

    def _polls(self) -> Iterable[Event]:
        for author, text, options, votes in self._world.questions:
            fact = self._fact(author)
            tweet_id = fact["event_id"]
            yield TweetPosted(
                **fact, tweet_id=tweet_id, text=text, poll=Poll(options, POLL_MINUTES)
            )
            for voter, option in votes:
                yield PollVoted(
                    **self._fact(voter),
                    tweet_id=tweet_id,
                    author=self._person[author],
                    option=option,
                )

    def _marks(self) -> Iterable[Event]:
        world = self._world
        marked: tuple[tuple[type[Mark], list[tuple[int, int]]], ...] = (
            (TweetLiked, world.likes),
            (TweetDisliked, world.dislikes),
            (TweetBookmarked, world.bookmarks),
        )
        for kind, marks in marked:
            for person, number in marks:
                yield kind(**self._fact(person), **self._tweets[number]._asdict())
        for person, number in world.retweets:
            fact = self._fact(person)
            yield TweetRetweeted(
                **fact, **self._tweets[number]._asdict(), retweet_id=fact["event_id"]
            )

    def _lists(self) -> Iterable[Event]:
        for one in self._world.lists:
            fact = self._fact(one.owner)
            list_id = fact["event_id"]
            yield ListCreated(**fact, list_id=list_id, name=one.name)
            for member in one.members:
                yield ListMemberAdded(
                    **self._fact(one.owner), list_id=list_id, member=self._person[member]
                )
            for follower in one.followers:
                yield ListFollowed(**self._fact(follower), list_id=list_id)
            yield ListPinned(**self._fact(one.pinned_by), list_id=list_id)
