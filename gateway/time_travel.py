"""Tweets as they read at an earlier time.

Answered from the versions that the stores keep, so what is deleted now was never there, and who may
see what is decided as of now. What is not kept for earlier times is left out: counts, votes, what
the viewer did.
"""

from collections.abc import Iterable, Mapping

from aiohttp import web
from msgspec.structs import replace

from events.clock import now_ms
from gateway.lookups import retweeted
from gateway.parameters import ID, id_of, time_ms
from gateway.problems import invalid
from gateway.state import Gateway
from gateway.times import timestamp
from gateway.wanted import Wanted, wanted
from schemas.api.base import Fields
from schemas.ids import MAX_ID, first_id_at, time_of
from schemas.tweets import Entry, Tweet

AHEAD_MS = 1_000
"""An id may be made so much ahead of another gateway's clock."""

UNKNOWN_THEN = frozenset({"public_metrics", "viewer"})
POLLS = "attachments.poll_ids"


def moment(as_of: str | None) -> int | None:
    """The id below which everything was made by then, that of an id with it; None for now.

    Raises a 400 `Problem` for what is neither a time nor an id, and for the future.
    """
    if as_of is None:
        return None
    if ID.fullmatch(as_of):
        last = id_of(as_of, "as_of")
        at, before = time_of(last), min(last + 1, MAX_ID)
    else:
        at = time_ms(as_of, "as_of")
        before = min(first_id_at(at + 1), MAX_ID)
    if at > now_ms() + AHEAD_MS:
        raise invalid(f"as_of: {as_of} lies in the future")
    return before


def wanted_then(request: web.Request, fields: Fields, before: int | None) -> Wanted:
    """Without what is not kept for earlier times. Raises as `wanted`."""
    asked = wanted(request, fields)
    if before is None:
        return asked
    return replace(
        asked,
        tweet=asked.tweet - UNKNOWN_THEN,
        user=asked.user - UNKNOWN_THEN,
        expansions=asked.expansions - {POLLS},
        before=before,
    )


def must_exist(tweet: Tweet, before: int | None) -> None:
    """Raises a 400 `Problem` for a time before the tweet."""
    if before is not None and tweet.tweet_id >= before:
        posted = timestamp(tweet.created_at)
        raise invalid(f"as_of: tweet {tweet.tweet_id} was posted at {posted}, after that")


def as_then(tweet: Tweet, before: int | None) -> Tweet:
    """Without the versions from `before` on; the first one always stays."""
    if before is None:
        return tweet
    versions = tuple(version for version in tweet.versions if version.version_id < before)
    return replace(tweet, versions=versions or tweet.versions[:1])


async def all_as_then(
    gateway: Gateway, tweets: Iterable[Tweet], before: int | None, known: Mapping[int, Tweet]
) -> list[Tweet]:
    """Each as it read then, retweets with the text that they showed.

    Their originals are looked up unless `known`; a retweet whose original is gone is left out.
    """
    tweets = list(tweets)
    if before is None:
        return tweets
    repeated = {tweet.retweet_of.tweet_id for tweet in tweets if tweet.retweet_of}
    found = await gateway.tweets.find(list(repeated - known.keys()))
    originals = {**known} | {i: original for i, original in found.items() if original}
    names = await gateway.names.of({originals[i].author for i in repeated & originals.keys()})
    then = []
    for tweet in tweets:
        if tweet.retweet_of is None:
            then.append(as_then(tweet, before))
        elif (original := originals.get(tweet.retweet_of.tweet_id)) and original.author in names:
            entry = Entry(tweet.tweet_id, tweet.author, original.tweet_id)
            then.append(retweeted(entry, as_then(original, before), names[original.author]))
    return then


def time_shown(before: int | None) -> int:
    """The time as of which a page is, in milliseconds since the Unix epoch."""
    return now_ms() if before is None else time_of(before - 1)
