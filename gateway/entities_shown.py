"""What the text of a tweet holds as the API shows it: mentions with the ids of who is meant."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from gateway.mentions import MAX_MENTIONS
from gateway.state import Gateway
from schemas.text import Entities, Mention, entities, mentions
from schemas.tweets import Tweet

_entities = lru_cache(maxsize=10_000)(entities)
"""A page of the slowest texts would else hold the loop for half a second, each time it is read."""


async def names_in_doubt(gateway: Gateway, tweets: Iterable[Tweet]) -> dict[int, str]:
    """By user, the names that it takes to tell who is meant where not all names are somebody's."""
    users = {
        user
        for tweet in tweets
        if tweet.versions[-1].mentions and _in_order(tweet) is None
        for user in tweet.versions[-1].mentions
    }
    return await gateway.names.of(users) if users else {}


def entities_of(tweet: Tweet, names: Mapping[int, str]) -> Entities | None:
    """`names` are those of `names_in_doubt`. A mention of nobody has no id."""
    found = _entities(tweet.text)
    meant = tweet.versions[-1].mentions
    if found is None or not found.mentions or not meant:
        return found
    ids = _in_order(tweet)
    if ids is None:
        ids = {names[user].lower(): user for user in meant if user in names}
    return replace(found, mentions=tuple(_with_id(mention, ids) for mention in found.mentions))


def _with_id(mention: Mention, ids: Mapping[str, int]) -> Mention:
    user = ids.get(mention.username.lower())
    return mention if user is None else replace(mention, id=str(user))


def _in_order(tweet: Tweet) -> dict[str, int] | None:
    """By name, in lower case, who was meant; None where one of the names was nobody's."""
    names, meant = mentions(tweet.text)[:MAX_MENTIONS], tweet.versions[-1].mentions
    return dict(zip(names, meant, strict=True)) if len(names) == len(meant) else None
