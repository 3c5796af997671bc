"""A log of everything that people can do, by chance: each deed is one that a gateway would allow.

Now and then an event comes once more, as from a client that was left without an answer. What is
done again, or done to, is among the newest `REMEMBERED`, so that a long log needs no more memory.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from events.snowflake import Snowflakes
from schemas.events import (
    BookmarkRemoved,
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListFollowed,
    ListMemberAdded,
    ListMemberRemoved,
    ListPinned,
    ListUnfollowed,
    ListUnpinned,
    NotificationsRead,
    Poll,
    PollVoted,
    ProfileChanged,
    ReactionCleared,
    ReplyDeleted,
    ReplyEdited,
    ReplyHidden,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetEdited,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
    UserBlocked,
    UserErased,
    UserFollowed,
    UserMuted,
    UserRegistered,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from schemas.ids import time_of
from schemas.media import Media

TEXTS = (
    "Kestrel over the #canal",
    "nobody saw the night train to the coast https://example.com/notes $HERON",
    "日本語の鳥",
    "Ein Reiher am Kanal, und noch einer",
    "",
)
AGAIN = 0.05
REMEMBERED = 20_000

Deed = Callable[[], Event]
Kept = TypeVar("Kept")


class Owned(NamedTuple):
    list_id: int
    owner: int


class Activity:
    def __init__(self, seed: int, ids: Snowflakes, people: int = 8) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same log for the same seed
        self._ids = ids
        self.people = [ids.next() for _ in range(people)]
        self.posts: list[TweetPosted | ReplyPosted] = []
        self._lists: list[Owned] = []
        self._retweets: list[TweetRetweeted] = []
        self._written: list[Event] = []
        self._deeds: tuple[Deed, ...] = (
            *[self._post] * 6, *[self._reply] * 4, *[self._edit] * 3, self._delete, self._hide,
            *[self._react] * 8, *[self._retweet] * 3, self._undo_retweet, *[self._relate] * 8,
            self._decide, *[self._list] * 4, *[self._choose] * 3, self._read, self._profile,
        )  # fmt: skip

    def registrations(self) -> list[Event]:
        return [
            UserRegistered(**self._fact(user), user_id=user, username=f"u{user}", name="Änne Wren")
            for user in self.people
        ]

    def next(self) -> Event:
        if self._written and self._chance.random() < AGAIN:
            return self._chance.choice(self._written)
        event = self._chance.choice(self._deeds)()
        _keep(self._written, event)
        return event

    def _fact(self, actor: int | None = None) -> dict[str, Any]:
        event_id = self._ids.next()
        at = time_of(event_id) - self._chance.choice((0, 0, 86_400_000))
        return {
            "event_id": event_id, "at": at, "request_id": "t",
            "actor": self._someone() if actor is None else actor,
        }  # fmt: skip

    def _someone(self) -> int:
        return self._chance.choice(self.people)

    def _some(self) -> tuple[int, ...]:
        return tuple(self._chance.sample(self.people, self._chance.choice((0, 0, 1, 2))))

    def _any_post(self) -> TweetPosted | ReplyPosted | None:
        return self._chance.choice(self.posts) if self.posts else None

    def _post(self) -> Event:
        fact, quoted = self._fact(), self._any_post()
        if quoted is None or self._chance.random() < 0.7:
            quoted = None
        posted = TweetPosted(
            **fact, tweet_id=fact["event_id"], text=self._chance.choice(TEXTS),
            quote_of=quoted.tweet_id if quoted else None,
            quoted_author=quoted.actor if quoted else None,
            mentions=self._some(), lang=self._chance.choice(("und", "en")),
            media=self._chance.choice(((), (), (Media("3_1", "photo", 9, 9, alt_text="a bird"),))),
            poll=self._chance.choice((None, None, Poll(("tea", "coffee"), 60))),
            reply_settings=self._chance.choice(("everyone", "following")),
        )  # fmt: skip
        _keep(self.posts, posted)
        return posted

    def _reply(self) -> Event:
        fact, answered = self._fact(), self._any_post()
        if answered is None:
            return self._post()
        root, root_author = answered.tweet_id, answered.actor
        if isinstance(answered, ReplyPosted):
            root, root_author = answered.root, answered.root_author
        posted = ReplyPosted(
            **fact, tweet_id=fact["event_id"], text=self._chance.choice(TEXTS),
            mentions=self._some(), root=root, root_author=root_author,
            parent=answered.tweet_id, parent_author=answered.actor,
        )  # fmt: skip
        _keep(self.posts, posted)
        return posted

    def _edit(self) -> Event:
        edited = self._any_post()
        if edited is None:
            return self._post()
        fact = self._fact(edited.actor)
        kind = ReplyEdited if isinstance(edited, ReplyPosted) else TweetEdited
        return kind(
            **fact, tweet_id=edited.tweet_id, version_id=fact["event_id"],
            text=self._chance.choice(TEXTS), mentions=self._some(),
        )  # fmt: skip

    def _delete(self) -> Event:
        deleted = self._any_post()
        if deleted is None:
            return self._post()
        kind = ReplyDeleted if isinstance(deleted, ReplyPosted) else TweetDeleted
        return kind(**self._fact(deleted.actor), tweet_id=deleted.tweet_id)

    def _hide(self) -> Event:
        reply = self._any_post()
        if not isinstance(reply, ReplyPosted):
            return self._reply()
        return ReplyHidden(
            **self._fact(reply.root_author), tweet_id=reply.tweet_id, root=reply.root,
            hidden=self._chance.random() < 0.6,
        )  # fmt: skip

    def _react(self) -> Event:
        post = self._any_post()
        if post is None:
            return self._post()
        mark = {**self._fact(), "tweet_id": post.tweet_id, "author": post.actor}
        if post.poll is not None and self._chance.random() < 0.5:
            return PollVoted(**mark, option=self._chance.randint(1, 2))
        kind = self._chance.choice(
            (TweetLiked, TweetLiked, TweetDisliked, TweetBookmarked, BookmarkRemoved)
        )
        if self._chance.random() < 0.2:
            return ReactionCleared(
                **mark, cleared=self._chance.choice(("either", "like", "dislike"))
            )
        event: Event = kind(**mark)
        return event

    def _retweet(self) -> Event:
        post = self._any_post()
        if post is None:
            return self._post()
        fact = self._fact()
        retweet = TweetRetweeted(
            **fact, tweet_id=post.tweet_id, author=post.actor, retweet_id=fact["event_id"]
        )
        _keep(self._retweets, retweet)
        return retweet

    def _undo_retweet(self) -> Event:
        if not self._retweets:
            return self._retweet()
        undone = self._chance.choice(self._retweets)
        return RetweetRemoved(
            **self._fact(undone.actor), tweet_id=undone.tweet_id, author=undone.author,
            retweet_id=undone.retweet_id,
        )  # fmt: skip

    def _relate(self) -> Event:
        one, other = self._chance.sample(self.people, 2)
        kinds: tuple[type[Any], ...] = (
            *[UserFollowed] * 5, UserUnfollowed, FollowRequested, FollowRequested, UserBlocked,
            UserUnblocked, UserMuted, UserUnmuted,
        )  # fmt: skip
        event: Event = self._chance.choice(kinds)(**self._fact(one), target=other)
        return event

    def _decide(self) -> Event:
        one, other = self._chance.sample(self.people, 2)
        if self._chance.random() < 0.3:
            return FollowerRemoved(**self._fact(one), follower=other)
        return FollowRequestAnswered(
            **self._fact(one), follower=other, accepted=self._chance.random() < 0.7
        )

    def _list(self) -> Event:
        if not self._lists or self._chance.random() < 0.2:
            fact = self._fact()
            _keep(self._lists, Owned(fact["event_id"], fact["actor"]))
            return ListCreated(**fact, list_id=fact["event_id"], name="birders")
        list_id, owner = self._chance.choice(self._lists)
        fact = {**self._fact(owner), "list_id": list_id}
        match self._chance.randrange(12):
            case 0:
                return ListDeleted(**fact)
            case 1:
                return ListChanged(**fact, name="owls")
            case 2:
                return ListChanged(**fact, private=self._chance.random() < 0.5)
            case 3 | 4:
                return ListMemberRemoved(**fact, member=self._someone())
            case 5:
                leaving = self._someone()
                return ListMemberRemoved(**{**fact, "actor": leaving}, member=leaving)
            case _:
                return ListMemberAdded(**fact, member=self._someone())

    def _choose(self) -> Event:
        """Of private lists too: a view must not take a gateway's word for it."""
        if not self._lists:
            return self._list()
        kinds = (ListFollowed, ListFollowed, ListPinned, ListUnfollowed, ListUnpinned)
        chosen = self._chance.choice(self._lists)
        return self._chance.choice(kinds)(**self._fact(), list_id=chosen.list_id)

    def _read(self) -> Event:
        return NotificationsRead(**self._fact(), until=self._ids.next())

    def _profile(self) -> Event:
        """Or the end of it, after which no gateway would let it begin again: views bear it."""
        user = self._someone()
        fact, chance = self._fact(user), self._chance.random()
        if chance > 0.95:
            return UserErased(**fact, user_id=user)
        return ProfileChanged(
            **fact, user_id=user, username=f"v{user}", name="Wren", protected=chance < 0.5
        )


def _keep(newest: list[Kept], one: Kept) -> None:
    newest.append(one)
    if len(newest) > 2 * REMEMBERED:
        del newest[:REMEMBERED]
