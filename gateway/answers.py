"""Writing answers."""

import time
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import UNSET, json

from events.positions import Position
from gateway.parameters import Wanted, token_after
from gateway.positions import EVENT_POSITION
from gateway.render import includes, tweet_object
from gateway.state import Gateway
from schemas.api import Answer, Page, PartialError
from schemas.tweets import Tweet

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
    gateway: Gateway, tweets: Sequence[Tweet], wanted: Wanted, *, more: bool
) -> web.Response:
    """A page of tweets, newest first; `more`, whether another one follows."""
    now = time.time_ns() // 1_000_000
    meta = Page(result_count=0)
    if tweets:
        meta = Page(
            result_count=len(tweets),
            newest_id=str(tweets[0].tweet_id),
            oldest_id=str(tweets[-1].tweet_id),
            next_token=token_after(tweets[-1].tweet_id) if more else None,
        )
    return answer(
        Answer(
            data=[tweet_object(tweet, wanted.tweet, now) for tweet in tweets] or UNSET,
            includes=await includes(gateway, tweets, wanted, now) or UNSET,
            meta=meta,
        )
    )


async def tweets_answer(
    gateway: Gateway,
    data: Sequence[Tweet],
    wanted: Wanted,
    errors: list[PartialError],
    *,
    single: bool = False,
) -> web.Response:
    """Tweets that were asked for by id, and an error for each that is not there."""
    now = time.time_ns() // 1_000_000
    objects = [tweet_object(tweet, wanted.tweet, now) for tweet in data]
    return answer(
        Answer(
            data=objects[0] if single else objects or UNSET,
            includes=await includes(gateway, data, wanted, now) or UNSET,
            errors=errors or UNSET,
        )
    )
