"""Tweets and users as the API shows them."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, cast

from msgspec import UNSET, defstruct

from gateway.beside import Beside, Known, beside
from gateway.entities_shown import entities_of
from gateway.media.attachments import attachments, included_media
from gateway.people import user_objects
from gateway.polls_shown import poll_objects
from gateway.state import Gateway
from gateway.time_travel import as_then
from gateway.times import timestamp
from gateway.visibility import visible_by_id
from gateway.wanted import Wanted
from schemas.api.answers import Includes
from schemas.api.tweets import EditControls, Reference, TweetObject
from schemas.tweets import Tweet

EDITABLE_MS = 3_600_000
EDITS = 5

Column: TypeAlias = Callable[[Beside, Sequence[Tweet]], Sequence[Any]]
"""What each of the tweets shows in one field; `UNSET` where it has nothing."""


def edits_remaining(tweet: Tweet) -> int:
    return max(0, EDITS + 1 - len(tweet.versions))


async def tweet_objects(
    gateway: Gateway,
    viewer: int,
    tweets: Sequence[Tweet],
    fields: frozenset[str],
    now: int,
    known: Known | None = None,
) -> list[TweetObject]:
    """With the `fields` that were asked for, in their order."""
    around = await beside(gateway, viewer, tweets, fields, now, known or Known())
    shape, asked = _shape(fields)
    ids = [str(tweet.tweet_id) for tweet in tweets]
    texts = [tweet.text for tweet in tweets]
    versions = [[str(version.version_id) for version in tweet.versions] for tweet in tweets]
    columns = [column(around, tweets) for column in asked]
    return list(map(shape, ids, texts, versions, versions, *columns))


@lru_cache(maxsize=1_024)
def _shape(fields: frozenset[str]) -> tuple[Callable[..., TweetObject], list[Column]]:
    """A `TweetObject` without the fields that were not asked for, by position, and what is shown in
    those that were: the 20 of a page take two thirds of the time that they take by name."""
    asked = {name: column for name, column in FIELDS.items() if name in fields}
    names = [*TweetObject.__struct_fields__[:4], *asked]
    shape = defstruct("TweetObject", [(name, Any) for name in names], frozen=True)
    return cast("Callable[..., TweetObject]", shape), list(asked.values())


def references(tweet: Tweet) -> list[Reference]:
    """What it retweets, answers and quotes."""
    references = []
    if tweet.retweet_of is not None:
        references.append(Reference("retweeted", str(tweet.retweet_of.tweet_id)))
    if tweet.reply is not None:
        references.append(Reference("replied_to", str(tweet.reply.parent.tweet_id)))
    if tweet.quote_of is not None:
        references.append(Reference("quoted", str(tweet.quote_of.tweet_id)))
    return references


def edit_controls(tweet: Tweet, now: int) -> EditControls:
    until = tweet.created_at + EDITABLE_MS
    left = edits_remaining(tweet)
    editable = tweet.retweet_of is None and left > 0 and now < until
    return EditControls(timestamp(until), left, editable)


FIELDS: Mapping[str, Column] = {
    "attachments": lambda _, tweets: [attachments(tweet) or UNSET for tweet in tweets],
    "author_id": lambda _, tweets: [str(tweet.author) for tweet in tweets],
    "conversation_id": lambda _, tweets: [str(tweet.conversation) for tweet in tweets],
    "created_at": lambda _, tweets: [timestamp(tweet.created_at) for tweet in tweets],
    "edit_controls": lambda around, tweets: [edit_controls(t, around.now) for t in tweets],
    "entities": lambda around, tweets: [entities_of(t, around.names) or UNSET for t in tweets],
    "in_reply_to_user_id": lambda _, tweets: [
        str(tweet.reply.parent.author) if tweet.reply else UNSET for tweet in tweets
    ],
    "lang": Beside.language,
    "possibly_sensitive": lambda _, tweets: [False] * len(tweets),
    "public_metrics": Beside.metrics,
    "reply_settings": Beside.settings,
    "referenced_tweets": lambda _, tweets: [references(tweet) or UNSET for tweet in tweets],
    "referenced_posts": lambda _, tweets: [references(tweet) or UNSET for tweet in tweets],
    "viewer": Beside.viewer,
}


async def includes(
    gateway: Gateway,
    viewer: int,
    tweets: Sequence[Tweet],
    wanted: Wanted,
    now: int,
    address: str,
    known: Known | None = None,
) -> Includes | None:
    """What the expansions ask for beside `tweets` and the viewer may see, or None for nothing.

    `address` is where the viewer reaches the gateway.
    """
    expansions = wanted.expansions
    known = known or Known()
    referenced: list[Tweet] = []
    if not expansions.isdisjoint(REFERENCED):
        ids = dict.fromkeys(int(named.id) for tweet in tweets for named in references(tweet))
        originals = known.originals
        found = await visible_by_id(gateway, viewer, [i for i in ids if i not in originals])
        referenced = [originals[i] for i in ids if i in originals]
        referenced += found.values()
        referenced = [as_then(tweet, wanted.before) for tweet in referenced]
    authors: dict[int, None] = {}
    if "author_id" in expansions:
        authors |= dict.fromkeys(tweet.author for tweet in tweets)
    if not expansions.isdisjoint(_REFERENCED_AUTHORS):
        authors |= dict.fromkeys(tweet.author for tweet in referenced)
    if "in_reply_to_user_id" in expansions:
        authors |= dict.fromkeys(tweet.reply.parent.author for tweet in tweets if tweet.reply)
    if "entities.mentions.username" in expansions:
        authors |= dict.fromkeys(user for t in tweets for user in t.versions[-1].mentions)
    users = await gateway.accounts.by_ids(authors) if authors else {}
    shown = [users[author] for author in authors if author in users]
    polls = (
        [tweet for tweet in tweets if tweet.poll] if "attachments.poll_ids" in expansions else []
    )
    media = included_media(tweets, referenced, wanted, address)
    if not shown and not referenced and not polls and not media:
        return None
    objects = await tweet_objects(gateway, viewer, referenced, wanted.tweet, now, known)
    return Includes(
        users=await user_objects(gateway, viewer, shown, wanted.user),
        tweets=objects,
        posts=objects,
        polls=await poll_objects(gateway, polls, wanted.poll, now),
        media=media,
    )


_REFERENCED_AUTHORS = frozenset({"referenced_tweets.id.author_id", "referenced_posts.author_id"})
REFERENCED = _REFERENCED_AUTHORS | {
    "referenced_tweets.id",
    "referenced_posts",
    "referenced_tweets.id.attachments.media_keys",
}
