"""Writing answers."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import UNSET, UnsetType, json

from events.clock import now_ms
from events.positions import Position
from gateway.beside import Known, views_beside
from gateway.own_address import address_of
from gateway.people import PINNED, pinned_tweets, user_objects
from gateway.positions import EVENT_POSITION, reached
from gateway.problems import not_found, withheld
from gateway.render import includes, tweet_objects
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.time_travel import time_shown
from gateway.unshown import unshown
from gateway.visibility import reachable
from gateway.wanted import Wanted
from projections.registry import Reader
from schemas.api.answers import Answer, Includes, Page, PartialError
from schemas.tweets import Tweet
from schemas.users import User

_encode = json.Encoder().encode


def answer(body: Answer, *, status: int = 200, positions: Sequence[Position] = ()) -> web.Response:
    """`positions`, of what was just written, let the client read its own write."""
    headers = {EVENT_POSITION: ",".join(map(str, positions))} if positions else None
    return web.Response(
        body=_encode(body), status=status, headers=headers, content_type="application/json"
    )


def written(data: Any, *positions: Position, status: int = 200) -> web.Response:
    return answer(Answer(data=data), status=status, positions=positions)


async def tweets_page(
    request: web.Request,
    tweets: Sequence[Tweet],
    wanted: Wanted,
    next_token: str | None,
    previous_token: str | None = None,
    *,
    known: Known | None = None,
) -> web.Response:
    """A page of tweets in their order, with the tokens of the pages beside it, if there are any."""
    gateway, viewer, now = gateway_of(request), user_of(request), time_shown(wanted.before)
    known = known or Known()
    await reached_beside(request, wanted)
    ids = [tweet.tweet_id for tweet in tweets]
    around = await _beside(request, tweets, wanted, now, known)
    return answer(
        Answer(
            data=await tweet_objects(gateway, viewer, tweets, wanted.tweet, now, known) or UNSET,
            includes=around or UNSET,
            errors=await unshown(gateway, tweets, wanted, around) or UNSET,
            meta=Page(
                result_count=len(tweets),
                newest_id=str(max(ids)) if ids else None,
                oldest_id=str(min(ids)) if ids else None,
                next_token=next_token,
                previous_token=previous_token,
            ),
        )
    )


async def tweets_answer(
    request: web.Request,
    data: Sequence[Tweet],
    wanted: Wanted,
    errors: list[PartialError],
    *,
    single: bool = False,
) -> web.Response:
    """Tweets that were asked for by id, and an error for each that is not there."""
    gateway, now = gateway_of(request), time_shown(wanted.before)
    await reached_beside(request, wanted)
    objects = await tweet_objects(gateway, user_of(request), data, wanted.tweet, now)
    around = await _beside(request, data, wanted, now)
    return answer(
        Answer(
            data=objects[0] if single else objects or UNSET,
            includes=around or UNSET,
            errors=[*errors, *await unshown(gateway, data, wanted, around)] or UNSET,
        )
    )


async def reached_beside(request: web.Request, wanted: Wanted) -> None:
    """Waits for the views of what is asked for beside tweets, users and lists themselves."""
    await reached(request, *views_beside(gateway_of(request), wanted))


async def _beside(
    request: web.Request,
    tweets: Sequence[Tweet],
    wanted: Wanted,
    now: int,
    known: Known | None = None,
) -> Includes | None:
    if not wanted.expansions:
        return None
    gateway, viewer = gateway_of(request), user_of(request)
    return await includes(gateway, viewer, tweets, wanted, now, address_of(request), known)


async def hidden_page(request: web.Request, user: int, *views: Reader) -> web.Response | None:
    """An empty page, where whoever asks may not see what is the user's; waits for the views.

    Raises a 404 `Problem` when there is no such user.
    """
    gateway = gateway_of(request)
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    await reached(request, *views, gateway.readers.graph)
    if await reachable(gateway, user_of(request), [user]):
        return None
    return withheld_page("user", "id", user)


def withheld_page(what: str, parameter: str, value: int) -> web.Response:
    """An empty page of what whoever asks may not see."""
    error = withheld(what, parameter, str(value))
    return answer(Answer(errors=[error], meta=Page(result_count=0)))


async def users_page(
    request: web.Request,
    user_ids: Sequence[int],
    wanted: Wanted,
    next_token: str | None,
    previous_token: str | None = None,
) -> web.Response:
    """A page of users in their order, without those whose accounts are gone."""
    gateway = gateway_of(request)
    users = await gateway.accounts.by_ids(user_ids)
    shown = [users[user_id] for user_id in user_ids if user_id in users]
    meta = Page(result_count=len(shown), next_token=next_token, previous_token=previous_token)
    return await users_answer(request, shown, wanted, meta=meta)


async def users_answer(
    request: web.Request,
    users: Sequence[User],
    wanted: Wanted,
    *,
    errors: Sequence[PartialError] = (),
    meta: Page | UnsetType = UNSET,
    single: bool = False,
) -> web.Response:
    gateway, viewer = gateway_of(request), user_of(request)
    await reached_beside(request, wanted)
    objects = await user_objects(gateway, viewer, users, wanted.user)
    pinned: Sequence[Tweet] = ()
    if not wanted.expansions.isdisjoint(PINNED):
        pinned = list((await pinned_tweets(gateway, viewer, users)).values())
    tweets = await tweet_objects(gateway, viewer, pinned, wanted.tweet, now_ms())
    return answer(
        Answer(
            data=objects[0] if single else objects or UNSET,
            includes=Includes(tweets=tweets, posts=tweets) if tweets else UNSET,
            errors=list(errors) or UNSET,
            meta=meta,
        )
    )
