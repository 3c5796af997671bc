"""Users as the API shows them."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType

from gateway.state import Gateway
from gateway.times import timestamp
from gateway.visibility import visible_by_id
from projections.counters import Counts as Totals
from projections.graph import Counts
from schemas.api.users import UserEntities, UserMetrics, UserObject, UserUrls
from schemas.text import entities
from schemas.tweets import Tweet
from schemas.users import User

PINNED = frozenset({"pinned_tweet_id", "pinned_post_id"})
"""A field, and an expansion."""


class Known(Struct, frozen=True):
    """What views know of some users, as far as it was asked for."""

    counts: Mapping[int, Counts] = {}
    totals: Mapping[int, Totals] = {}
    listed: Mapping[int, int] = {}
    connections: Mapping[int, set[str]] = {}
    pinned: Mapping[int, Tweet] = {}


async def user_objects(
    gateway: Gateway, viewer: int, users: Sequence[User], fields: frozenset[str]
) -> list[UserObject]:
    """With the `fields` that were asked for, as `viewer` may see them."""
    ids = [user.user_id for user in users]
    graph, counters = gateway.readers.graph, gateway.readers.counters
    metrics = "public_metrics" in fields
    known = Known(
        counts=await graph.counts(ids) if metrics else {},
        totals=await counters.of(ids) if metrics else {},
        listed=await gateway.readers.lists.listed_counts(ids) if metrics else {},
        connections=await _connections(gateway, viewer, ids, fields),
        pinned={} if fields.isdisjoint(PINNED) else await pinned_tweets(gateway, viewer, users),
    )
    return [_user_object(user, fields, known) for user in users]


async def _connections(
    gateway: Gateway, viewer: int, users: Sequence[int], fields: frozenset[str]
) -> dict[int, set[str]]:
    """By user, those that were asked for and may be seen."""
    if "connection_status" not in fields:
        return {}
    found = await gateway.readers.graph.connections(viewer, users)
    return {
        user: {each for each in between if f"connection_status.{each}" in fields}
        for user, between in found.items()
    }


async def pinned_tweets(gateway: Gateway, viewer: int, users: Sequence[User]) -> dict[int, Tweet]:
    """By user, the pinned tweet, if it is still there and the viewer may see it."""
    pinned = [user.pinned for user in users if user.pinned is not None]
    found = await visible_by_id(gateway, viewer, pinned) if pinned else {}
    return {tweet.author: tweet for tweet in found.values()}


def _user_object(user: User, fields: frozenset[str], known: Known) -> UserObject:
    if not fields:
        return UserObject(id=str(user.user_id), name=user.name, username=user.username)
    pinned = known.pinned.get(user.user_id)
    pinned_id = str(pinned.tweet_id) if pinned else UNSET
    return UserObject(
        id=str(user.user_id),
        name=user.name,
        username=user.username,
        connection_status=(
            sorted(known.connections.get(user.user_id, ()))
            if "connection_status" in fields
            else UNSET
        ),
        created_at=timestamp(user.created_at) if "created_at" in fields else UNSET,
        description=user.description if "description" in fields else UNSET,
        entities=_entities(user) if "entities" in fields else UNSET,
        location=user.location if user.location and "location" in fields else UNSET,
        pinned_tweet_id=pinned_id if "pinned_tweet_id" in fields else UNSET,
        pinned_post_id=pinned_id if "pinned_post_id" in fields else UNSET,
        protected=user.protected if "protected" in fields else UNSET,
        public_metrics=_metrics(user, known) if "public_metrics" in fields else UNSET,
        url=user.url if "url" in fields else UNSET,
        verified=False if "verified" in fields else UNSET,
        verified_type="none" if "verified_type" in fields else UNSET,
    )


def _metrics(user: User, known: Known) -> UserMetrics:
    counts = known.counts.get(user.user_id, Counts())
    totals = known.totals.get(user.user_id, Totals())
    return UserMetrics(
        followers_count=counts.followers,
        following_count=counts.following,
        tweet_count=totals.posts,
        post_count=totals.posts,
        listed_count=known.listed.get(user.user_id, 0),
        like_count=totals.liked,
        media_count=totals.media,
    )


def _entities(user: User) -> UserEntities | UnsetType:
    """What the description holds, and the user's address as X shows it."""
    in_url = entities(user.url)
    url = UserUrls(in_url.urls) if in_url and in_url.urls else UNSET
    description = entities(user.description) or UNSET
    if url is UNSET and description is UNSET:
        return UNSET
    return UserEntities(url=url, description=description)
