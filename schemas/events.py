"""What is said on the log: one struct per fact, in the past tense, never changed once written.

Rules for evolving them stand in `docs/adding-an-event.md`: a field is only ever added, with a
default; anything else raises `v` and adds an upcaster in `events/upcasters.py`.
"""

from typing import Literal

from msgspec import Struct

from schemas.ids import Id
from schemas.media import Media

ReplySettings = Literal["everyone", "following", "mentionedUsers"]
"""Who may reply: everybody, those whom the author follows, or those who are mentioned; the author
always may."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, tag_field="type"):
    """What every event carries. `at` is in milliseconds since the Unix epoch."""

    event_id: Id
    at: int
    actor: Id
    request_id: str
    v: int = 1


class Poll(Struct, frozen=True, omit_defaults=True):
    options: tuple[str, ...]
    minutes: int


class Written(Event, frozen=True):
    """What a tweet and a reply have in common; `actor` wrote it.

    User names change, so `mentions` says whom the names in the text meant when it was written.
    """

    tweet_id: Id
    text: str
    quote_of: Id | None = None
    quoted_author: Id | None = None
    mentions: tuple[Id, ...] = ()
    lang: str = "und"
    media: tuple[Media, ...] = ()
    poll: Poll | None = None


class Rewritten(Event, frozen=True):
    """The tweet or reply keeps `tweet_id`; the new version is `version_id`."""

    tweet_id: Id
    version_id: Id
    text: str
    mentions: tuple[Id, ...] = ()
    lang: str = "und"


class TweetPosted(Written, frozen=True):
    """A tweet; with `quote_of`, a quote of that tweet or reply."""

    reply_settings: ReplySettings = "everyone"


class TweetEdited(Rewritten, frozen=True):
    pass


class TweetDeleted(Event, frozen=True):
    tweet_id: Id


class ReplyPosted(Written, frozen=True, kw_only=True):
    """An answer to `parent`, which is the tweet `root` or another reply below it."""

    root: Id
    root_author: Id
    parent: Id
    parent_author: Id


class ReplyEdited(Rewritten, frozen=True):
    pass


class ReplyDeleted(Event, frozen=True):
    tweet_id: Id


class ReplyHidden(Event, frozen=True):
    """`actor`, who wrote the tweet `root`, hides a reply below it, or shows it again."""

    tweet_id: Id
    root: Id
    hidden: bool


class Mark(Event, frozen=True):
    """Something between the `actor` and one tweet or reply, which `author` wrote."""

    tweet_id: Id
    author: Id


class TweetLiked(Mark, frozen=True):
    """Ends a dislike, as a dislike ends a like."""


class TweetDisliked(Mark, frozen=True):
    pass


class ReactionCleared(Mark, frozen=True, kw_only=True):
    """Not liked, or not disliked, any more; the other one of the two stays as it is."""

    cleared: Literal["like", "dislike", "either"] = "either"
    v: int = 2


class TweetBookmarked(Mark, frozen=True):
    pass


class BookmarkRemoved(Mark, frozen=True):
    pass


class PollVoted(Mark, frozen=True):
    """`option` is the number of the poll's option, from 1. Only the first vote counts."""

    option: int


class TweetRetweeted(Mark, frozen=True):
    """`retweet_id` stands in timelines for the retweet, in which `tweet_id` is shown."""

    retweet_id: Id


class RetweetRemoved(Mark, frozen=True):
    retweet_id: Id


class UserFollowed(Event, frozen=True):
    """`actor` follows `target`."""

    target: Id


class UserUnfollowed(Event, frozen=True):
    """Also ends a request to follow."""

    target: Id


class FollowRequested(Event, frozen=True):
    """`actor` asks to follow `target`, whose account is protected."""

    target: Id


class FollowRequestAnswered(Event, frozen=True):
    """`actor` accepts or declines what `follower` has requested."""

    follower: Id
    accepted: bool


class FollowerRemoved(Event, frozen=True):
    """`actor` is no longer followed by `follower`: the other half of a block."""

    follower: Id


class UserBlocked(Event, frozen=True):
    target: Id


class UserUnblocked(Event, frozen=True):
    target: Id


class UserMuted(Event, frozen=True):
    target: Id


class UserUnmuted(Event, frozen=True):
    target: Id


class UserRegistered(Event, frozen=True):
    """Public facts only: neither e-mail nor credentials ever enter the log."""

    user_id: Id
    username: str
    name: str


class ProfileChanged(Event, frozen=True):
    """The whole profile as it is from now on."""

    user_id: Id
    username: str
    name: str
    description: str = ""
    location: str = ""
    url: str = ""
    protected: bool = False
    pinned: Id | None = None


class UserErased(Event, frozen=True):
    """The account is closed for good. What the user did is undone by events of its own."""

    user_id: Id


class ListCreated(Event, frozen=True):
    list_id: Id
    name: str
    description: str = ""
    private: bool = False


class ListChanged(Event, frozen=True, kw_only=True):
    """What is not given stays as it is."""

    list_id: Id
    name: str | None = None
    description: str | None = None
    private: bool | None = None
    v: int = 2


class ListDeleted(Event, frozen=True):
    list_id: Id


class ListMemberAdded(Event, frozen=True):
    list_id: Id
    member: Id


class ListMemberRemoved(Event, frozen=True):
    """`actor`, who made the list or is the `member`, takes the member off it."""

    list_id: Id
    member: Id


class ListChosen(Event, frozen=True):
    """`actor` has chosen a list, anybody's, or has chosen it no more."""

    list_id: Id


class ListFollowed(ListChosen, frozen=True):
    pass


class ListUnfollowed(ListChosen, frozen=True):
    pass


class ListPinned(ListChosen, frozen=True):
    pass


class ListUnpinned(ListChosen, frozen=True):
    pass


class NotificationsRead(Event, frozen=True):
    """`actor` has seen all notifications up to `until`, an event id."""

    until: Id
