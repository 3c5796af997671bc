"""What stands of all that somebody did, and the events that undo it."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from projections.graph import relations
from schemas import events as told
from schemas.events import Event, Mark

Kind = Literal[
    "tweets",
    "replies",
    "likes",
    "dislikes",
    "bookmarks",
    "retweets",
    "follows",
    "follow_requests",
    "followers",
    "requests_of_others",
    "blocks",
    "mutes",
    "lists",
    "list_memberships",
    "followed_lists",
    "pinned_lists",
]


class Undoing(NamedTuple):
    """An event of the person: `kind` and `fields` are all that it says beside who, and when."""

    what: Kind
    kind: type[Event]
    fields: dict[str, Any]


def standing(user: int, events: Iterable[Event]) -> list[Undoing]:
    """`events` are those of the log that name the user, of each partition in order.

    Nothing stands any more when all that this answers is on the log.
    """
    events = list(events)
    stands = _Standing(user)
    for event in events:
        if event.actor == user:
            stands.do(event)
        stands.be_listed(event)
    return [*stands.open.values(), *_between(user, events)]


class _Standing:
    """`open` is what is not undone yet, by what it is and about which tweet, list or retweet."""

    def __init__(self, user: int) -> None:
        self._user = user
        self._gone: set[tuple[Kind, int]] = set()
        self.open: dict[tuple[Kind, int], Undoing] = {}

    def do(self, event: Event) -> None:
        match event:
            case told.TweetPosted(tweet_id=tweet):
                self._make("tweets", tweet, told.TweetDeleted, tweet_id=tweet)
            case told.TweetDeleted():
                self._destroy("tweets", event.tweet_id)
            case told.ReplyPosted(tweet_id=tweet):
                self._make("replies", tweet, told.ReplyDeleted, tweet_id=tweet)
            case told.ReplyDeleted():
                self._destroy("replies", event.tweet_id)
            case told.ListCreated(list_id=made):
                self._make("lists", made, told.ListDeleted, list_id=made)
            case told.ListDeleted():
                self._destroy("lists", event.list_id)
                for what in ("list_memberships", "followed_lists", "pinned_lists"):
                    self.open.pop((what, event.list_id), None)
            case Mark():
                self._mark(event)
            case told.ListFollowed(list_id=chosen):
                self._begin("followed_lists", chosen, told.ListUnfollowed, list_id=chosen)
            case told.ListUnfollowed():
                self.open.pop(("followed_lists", event.list_id), None)
            case told.ListPinned(list_id=chosen):
                self._begin("pinned_lists", chosen, told.ListUnpinned, list_id=chosen)
            case told.ListUnpinned():
                self.open.pop(("pinned_lists", event.list_id), None)
            case _:
                pass

    def be_listed(self, event: Event) -> None:
        """On a list of theirs or of somebody else."""
        match event:
            case told.ListMemberAdded(member=self._user, list_id=list_id):
                fields = {"list_id": list_id, "member": self._user}
                self._begin("list_memberships", list_id, told.ListMemberRemoved, **fields)
            case told.ListMemberRemoved(member=self._user):
                self.open.pop(("list_memberships", event.list_id), None)
            case _:
                pass

    def _mark(self, event: Mark) -> None:
        tweet = event.tweet_id
        of = {"tweet_id": tweet, "author": event.author}
        match event:
            case told.TweetLiked():
                self.open.pop(("dislikes", tweet), None)
                self._begin("likes", tweet, told.ReactionCleared, **of)
            case told.TweetDisliked():
                self.open.pop(("likes", tweet), None)
                self._begin("dislikes", tweet, told.ReactionCleared, **of)
            case told.ReactionCleared():
                if event.cleared != "dislike":
                    self.open.pop(("likes", tweet), None)
                if event.cleared != "like":
                    self.open.pop(("dislikes", tweet), None)
            case told.TweetBookmarked():
                self._begin("bookmarks", tweet, told.BookmarkRemoved, **of)
            case told.BookmarkRemoved():
                self.open.pop(("bookmarks", tweet), None)
            case told.TweetRetweeted(retweet_id=retweet):
                undone = told.RetweetRemoved
                self._begin("retweets", retweet, undone, **of, retweet_id=retweet)
            case told.RetweetRemoved():
                self.open.pop(("retweets", event.retweet_id), None)
            case _:
                pass

    def _make(self, what: Kind, number: int, kind: type[Event], **fields: int) -> None:
        """What was deleted once comes back by no repetition."""
        if (what, number) not in self._gone:
            self._begin(what, number, kind, **fields)

    def _destroy(self, what: Kind, number: int) -> None:
        """Before it is there, it cannot be deleted."""
        if self.open.pop((what, number), None) is not None:
            self._gone.add((what, number))

    def _begin(self, what: Kind, number: int, kind: type[Event], **fields: int) -> None:
        self.open.setdefault((what, number), Undoing(what, kind, fields))


def _between(user: int, events: Iterable[Event]) -> list[Undoing]:
    """As the graph has it, of which all that concerns the user is among the events."""
    follows, requests, blocks, mutes = relations.fold(relations.Relations({}, {}, {}, {}), events)
    ties: tuple[tuple[relations.Relation, Kind, type[Event]], ...] = (
        (follows, "follows", told.UserUnfollowed),
        (requests, "follow_requests", told.UserUnfollowed),
        (blocks, "blocks", told.UserUnblocked),
        (mutes, "mutes", told.UserUnmuted),
    )
    others: tuple[tuple[relations.Relation, Kind], ...] = (
        (follows, "followers"),
        (requests, "requests_of_others"),
    )
    return [
        Undoing(what, kind, {"target": other})
        for edges, what, kind in ties
        for one, other in edges
        if one == user
    ] + [
        Undoing(what, told.FollowerRemoved, {"follower": one})
        for edges, what in others
        for one, other in edges
        if other == user != one
    ]
