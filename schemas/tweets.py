"""A tweet, a reply or a retweet as the views hold it."""

from typing import NamedTuple

from msgspec import Struct

from schemas.events import ReplySettings
from schemas.ids import time_of
from schemas.media import Media


class Version(Struct, frozen=True, array_like=True):
    """One wording of a tweet; `at` in milliseconds since the Unix epoch."""

    version_id: int
    text: str
    at: int
    mentions: tuple[int, ...] = ()
    lang: str = "und"


class Reference(Struct, frozen=True, array_like=True):
    """Another tweet, and who wrote it."""

    tweet_id: int
    author: int


class Reply(Struct, frozen=True, array_like=True):
    """What makes a tweet a reply: the tweet at the root, and what is answered.

    Whether it is hidden is known to the reply store's listings alone.
    """

    root: Reference
    parent: Reference


class Poll(Struct, frozen=True, array_like=True):
    options: tuple[str, ...]
    minutes: int


class Tweet(Struct, frozen=True, array_like=True):
    """A tweet that is not deleted, its versions from the first to the newest.

    With `reply` it is a reply. With `retweet_of` it is a retweet, whose one version is
    the newest text of the original as it is when read.
    """

    tweet_id: int
    author: int
    versions: tuple[Version, ...]
    quote_of: Reference | None = None
    reply: Reply | None = None
    retweet_of: Reference | None = None
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    reply_settings: ReplySettings = "everyone"

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def newest(self) -> int:
        return self.versions[-1].version_id if self.versions else self.tweet_id

    @property
    def conversation(self) -> int:
        return self.reply.root.tweet_id if self.reply else self.tweet_id

    def concerns(self, user: int) -> bool:
        """Whether it mentions the user, as it reads now, or answers them."""
        named = bool(self.versions) and user in self.versions[-1].mentions
        return named or (self.reply is not None and self.reply.parent.author == user)

    @property
    def created_at(self) -> int:
        return time_of(self.tweet_id)


class Retweet(Struct, frozen=True, array_like=True):
    """What the log says last of whether `author` retweets a tweet, and at which offset it says so.

    Without `retweet_id`, the retweet was undone. An earlier retweet of the same tweet by the same
    user, if there was one, is over.
    """

    author: int
    original: Reference
    retweet_id: int | None
    offset: int

    @property
    def pair(self) -> tuple[int, int]:
        return self.author, self.original.tweet_id


class Entry(NamedTuple):
    """A place in a timeline: a tweet, or a retweet of `original`.

    Of a tweet, `original` is its own id.
    """

    tweet_id: int
    author: int
    original: int

    @property
    def is_retweet(self) -> bool:
        return self.original != self.tweet_id
