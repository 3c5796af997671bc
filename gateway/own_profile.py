"""Editing one's own profile, and pinning a tweet to it."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import asdict

from gateway.accounts import UsernameTaken
from gateway.answers import answer
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, id_of
from gateway.people import user_objects
from gateway.problems import Problem, forbidden, invalid, not_found
from gateway.requests import self_of, user_of
from gateway.state import gateway_of
from schemas.api.answers import Answer
from schemas.api.users import Pinned, PinTweet, UpdateProfile, UserObject
from schemas.profiles import (
    ProfileRejected,
    checked_description,
    checked_location,
    checked_name,
    checked_url,
)
from schemas.users import User

endpoints = Endpoints()

ACCEPTED_AT_ONCE = 10_000
"""Requests to follow that are accepted when an account is protected no more; the rest still wait
for an answer."""

SHOWN = frozenset(
    {"description", "entities", "location", "pinned_tweet_id", "protected", "url", "verified"}
)


@endpoints.put("/2/users/me", answers=UserObject)
async def update_profile(request: web.Request, command: UpdateProfile) -> web.Response:
    """Change your profile; what is left out stays as it is."""
    user = user_of(request)
    gateway = gateway_of(request)
    changes = _checked(command)
    requesters: Sequence[int] = ()
    if command.protected is False:
        asking = await gateway.readers.graph.requests_to(user, limit=ACCEPTED_AT_ONCE)
        requesters = [follow.user_id for follow in asking]
    after = await _change(request, changes, requesters)
    (shown,) = await user_objects(gateway, user, [after], SHOWN)
    return answer(Answer(data=shown))


@endpoints.put("/2/users/{id}/pinned_tweet", answers=Pinned)
async def pin_tweet(request: web.Request, command: PinTweet) -> web.Response:
    """Pin a tweet of yours to your profile, in place of the one that was."""
    user = self_of(request, id_in_path(request, "id"))
    asked = id_of(command.tweet_id, "tweet_id")
    tweet = await gateway_of(request).tweets.find_for_writing(asked)
    if tweet is None:
        raise not_found("tweet", asked)
    if tweet.author != user or tweet.retweet_of is not None:
        raise forbidden(f"tweet {asked} is another user's")
    await _change(request, {"pinned": tweet.tweet_id})
    return answer(Answer(data=Pinned(pinned=True)))


@endpoints.delete("/2/users/{id}/pinned_tweet", answers=Pinned)
async def unpin_tweet(request: web.Request) -> web.Response:
    """Have no tweet pinned to your profile."""
    self_of(request, id_in_path(request, "id"))
    await _change(request, {"pinned": None})
    return answer(Answer(data=Pinned(pinned=False)))


async def _change(
    request: web.Request, changes: dict[str, Any], requesters: Sequence[int] = ()
) -> User:
    gateway, user = gateway_of(request), user_of(request)
    try:
        after = await gateway.profiles.change(
            user, changes, lambda: fact(request), requesters=requesters
        )
    except UsernameTaken as error:
        raise Problem(409, "Conflict", f"username: {error}") from error
    if after is None:
        raise not_found("user", user)
    gateway.protection.forget(user)
    return after


def _checked(command: UpdateProfile) -> dict[str, Any]:
    """Raises a 400 `Problem`."""
    checks = {
        "name": checked_name,
        "description": checked_description,
        "location": checked_location,
        "url": checked_url,
    }
    given = {field: said for field, said in asdict(command).items() if said is not UNSET}
    try:
        return {
            field: checks[field](said) if field in checks else said for field, said in given.items()
        }
    except ProfileRejected as error:
        raise invalid(str(error)) from error
