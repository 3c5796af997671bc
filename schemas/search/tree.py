"""A search query as a tree: what `parse` makes of a text, and `matches` and the index look for.

User names stay names in it, in lower case: whom they mean is found out when the query is asked.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Has = Literal["media", "images", "videos", "links", "hashtags", "cashtags", "mentions", "geo"]
Is = Literal["reply", "retweet", "quote", "verified", "nullcast"]
"""`geo`, `verified` and `nullcast`, which X has, are true of nothing here."""


class Term(Struct, frozen=True, tag=True):
    """One condition on a tweet."""


class Words(Term, frozen=True):
    """These words, folded, next to each other and in this order."""

    words: tuple[str, ...]


class Hashtag(Term, frozen=True):
    """Folded, without its sign."""

    tag: str


class Cashtag(Term, frozen=True):
    tag: str


class Mentions(Term, frozen=True):
    username: str


class From(Term, frozen=True):
    """The user name, or the id, of who wrote it."""

    user: str | int


class To(Term, frozen=True):
    """An answer to something that this user wrote."""

    user: str | int


class RetweetsOf(Term, frozen=True):
    user: str | int


class Url(Term, frozen=True):
    """A link that holds these words next to each other."""

    words: tuple[str, ...]


class InConversation(Term, frozen=True):
    tweet_id: int


class InReplyTo(Term, frozen=True):
    tweet_id: int


class Quotes(Term, frozen=True):
    tweet_id: int


class Retweets(Term, frozen=True):
    tweet_id: int


class Lang(Term, frozen=True):
    lang: str


class Having(Term, frozen=True):
    what: Has


class Being(Term, frozen=True):
    what: Is


class Sampled(Term, frozen=True):
    """So many of a hundred tweets, the same ones for everybody; for streams only."""

    percent: int


class MinLikes(Term, frozen=True):
    count: int


class Since(Term, frozen=True):
    """Ids from `tweet_id` on; a time is the first id of its millisecond."""

    tweet_id: int


class Until(Term, frozen=True):
    """Ids below `tweet_id`."""

    tweet_id: int


class Not(Term, frozen=True):
    inner: "Node"


class All(Term, frozen=True):
    """Two or more, of which none is an `All`."""

    parts: tuple["Node", ...]


class Any(Term, frozen=True):
    """Two or more, of which none is an `Any`."""

    parts: tuple["Node", ...]


Leaf: TypeAlias = (
    Words
    | Hashtag
    | Cashtag
    | Mentions
    | From
    | To
    | RetweetsOf
    | Url
    | InConversation
    | InReplyTo
    | Quotes
    | Retweets
    | Lang
    | Having
    | Being
    | Sampled
    | MinLikes
    | Since
    | Until
)
Node: TypeAlias = Leaf | Not | All | Any


def leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case Not(inner):
            yield from leaves(inner)
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield node


def usernames(node: Node) -> set[str]:
    """Every user name in the query, in lower case."""
    names: set[str] = set()
    for leaf in leaves(node):
        match leaf:
            case Mentions(name) | From(str(name)) | To(str(name)) | RetweetsOf(str(name)):
                names.add(name)
            case _:
                pass
    return names


def meant(user: str | int, users: Mapping[str, int]) -> int | None:
    """The id of a user in a query; None for a name that is nobody's now."""
    return users.get(user) if isinstance(user, str) else user
