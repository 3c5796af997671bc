"""Who one is, as API v1.1 tells it: what many programs ask first."""

from datetime import UTC, datetime

from aiohttp import web
from msgspec import UNSET, json

from gateway.endpoints import Endpoints
from gateway.people import user_objects
from gateway.positions import reached
from gateway.problems import not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from schemas.api.logins import LegacyUser, VerifyCredentials
from schemas.api.users import UserMetrics
from schemas.users import User

endpoints = Endpoints()


@endpoints.get("/1.1/account/verify_credentials.json", answers=LegacyUser, bare=True)
async def verify_credentials(request: web.Request, asked: VerifyCredentials) -> web.Response:
    """API v1.1: who you are."""
    user_id, gateway = user_of(request), gateway_of(request)
    readers = gateway.readers
    await reached(request, readers.graph, readers.lists, readers.counters)
    user = (await gateway.accounts.by_ids([user_id])).get(user_id)
    if user is None:
        raise not_found("user", user_id)
    (shown,) = await user_objects(gateway, user_id, [user], frozenset({"public_metrics"}))
    assert shown.public_metrics is not UNSET
    body = json.encode(_legacy_user(user, shown.public_metrics))
    return web.Response(body=body, content_type="application/json")


def _legacy_user(user: User, metrics: UserMetrics) -> LegacyUser:
    return LegacyUser(
        id=user.user_id,
        id_str=str(user.user_id),
        name=user.name,
        screen_name=user.username,
        location=user.location,
        description=user.description,
        url=user.url or None,
        protected=user.protected,
        followers_count=metrics.followers_count,
        friends_count=metrics.following_count,
        listed_count=metrics.listed_count,
        favourites_count=metrics.like_count,
        statuses_count=metrics.tweet_count,
        created_at=_legacy_time(user.created_at),
    )


def _legacy_time(at: int) -> str:
    """`Wed Oct 10 20:19:24 +0000 2018`, of milliseconds since the Unix epoch."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%a %b %d %H:%M:%S %z %Y")
