"""Streams: tweets as they are written, one JSON object a line."""

import asyncio
import logging
import math
import socket
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType, json

from events.clock import now_ms
from events.tasks import cancel_all
from gateway import limits
from gateway.endpoints import Endpoints
from gateway.hub import RETRY_SECONDS, TRANSIENT, hub_of
from gateway.listener import Heard, Listener, Sample
from gateway.own_address import address_of
from gateway.problems import PROBLEMS
from gateway.render import includes, tweet_objects
from gateway.requests import REQUEST_ID, REQUEST_ID_HEADER, allow, user_of
from gateway.state import present_gateway_of
from gateway.telling import still_there
from gateway.visibility import visible_tweets
from gateway.wanted import Wanted, wanted
from projections import postgres
from schemas.api.answers import Includes
from schemas.api.rules import MatchingRule, Sample10Query, StreamQuery
from schemas.api.tweets import TweetObject

logger = logging.getLogger(__name__)
endpoints = Endpoints()

NEWLINE = b"\r\n"
LAST_WORD_SECONDS = 1.0
TOKEN_SECONDS = 2.0
SEND_BUFFER_BYTES = 128 * 1024
"""What the kernel may hold for one client, so that one that does not read is noticed."""


class Line(Struct, frozen=True):
    data: TweetObject | UnsetType = UNSET
    includes: Includes | UnsetType = UNSET
    matching_rules: list[MatchingRule] | UnsetType = UNSET
    errors: list[dict[str, Any]] | UnsetType = UNSET


@endpoints.get("/2/tweets/search/stream", answers=Line, endless=True)
async def filtered_stream(request: web.Request, asked: StreamQuery) -> web.StreamResponse:
    """Tweets that match your rules, as they are written."""
    return await _stream(request, asked, None)


@endpoints.get("/2/tweets/sample/stream", answers=Line, endless=True)
async def sample_stream(request: web.Request, asked: StreamQuery) -> web.StreamResponse:
    """One in a hundred tweets, as they are written."""
    return await _stream(request, asked, Sample(1))


@endpoints.get("/2/tweets/sample10/stream", answers=Line, endless=True)
async def sample10_stream(request: web.Request, asked: Sample10Query) -> web.StreamResponse:
    """One in ten tweets, as they are written, or with `partition` one in twenty."""
    return await _stream(request, asked, Sample(10, asked.partition))


async def _stream(
    request: web.Request, asked: StreamQuery, sample: Sample | None
) -> web.StreamResponse:
    fields, hub, address = wanted(request, asked), hub_of(request), address_of(request)
    async with hub.listening(user_of(request), sample) as listener:
        allow(request, math.inf)
        response = web.StreamResponse(headers={REQUEST_ID_HEADER: request[REQUEST_ID]})
        limits.tell(request, response.headers)
        response.content_type = "application/json"
        response.force_close()
        _bound_send_buffer(request)
        await response.prepare(request)
        try:
            keep_alive_seconds = hub.settings.keep_alive_seconds
            await _tell(request, response, listener, fields, address, keep_alive_seconds)
        except ConnectionResetError:  # the client has left
            return response
        except Exception:
            logger.exception("%s ends", request.path)
            listener.end("birdlog failed; see its log")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if listener.ended is None or task is None:
                raise
            task.uncancel()
        await _last_word(request, response, listener.ended or "")
    return response


async def _tell(
    request: web.Request,
    response: web.StreamResponse,
    listener: Listener,
    fields: Wanted,
    address: str,
    keep_alive_seconds: float,
) -> None:
    """Until the listener is ended. A keep-alive follows whatever was last sent, in time."""
    while listener.ended is None:
        telling = asyncio.create_task(_next_lines(request, listener, fields, address))
        try:
            while not (await asyncio.wait([telling], timeout=keep_alive_seconds))[0]:
                await response.write(NEWLINE)
                await _ended_if_revoked(request, listener)
        except BaseException:
            await cancel_all([telling])
            raise
        if lines := telling.result():
            await response.write(b"".join(line + NEWLINE for line in lines))


async def _ended_if_revoked(request: web.Request, listener: Listener) -> bool:
    """Ends the listener whose token is good no more, and says whether it did; while nobody can
    tell, it goes on."""
    try:
        async with asyncio.timeout(TOKEN_SECONDS):
            good = await present_gateway_of(request).tokens.is_good(request)
    except postgres.TRANSIENT as error:
        logger.warning("whether the token of a stream is still good is not known: %r", error)
        return False
    if not good:
        listener.end("the token is good no more")
    return not good


async def _next_lines(
    request: web.Request, listener: Listener, fields: Wanted, address: str
) -> list[bytes]:
    """What the listener hears next and may see; nothing when it has ended, or is not let in now.

    Waits while a store is away, and looks again at who may see what.
    """
    while heard := await listener.take():
        if await _ended_if_revoked(request, listener):
            return []
        while True:
            try:
                if lines := await _lines(request, listener.user, heard, fields, address):
                    return lines
                break
            except TRANSIENT as error:
                logger.warning("a stream waits: %r", error)
                if listener.ended is not None:
                    return []
                await asyncio.sleep(RETRY_SECONDS)
    return []


async def _lines(
    request: web.Request, viewer: int, heard: Sequence[Heard], fields: Wanted, address: str
) -> list[bytes]:
    gateway, now = present_gateway_of(request), now_ms()
    there = await still_there(gateway, [one.tweet for one in heard])
    visible = {id(tweet) for tweet in await visible_tweets(gateway, viewer, there)}
    told = [one for one in heard if id(one.tweet) in visible]
    shown = await tweet_objects(gateway, viewer, [one.tweet for one in told], fields.tweet, now)
    return [
        json.encode(
            Line(
                data=data,
                includes=await includes(gateway, viewer, [one.tweet], fields, now, address)
                or UNSET,
                matching_rules=[MatchingRule(str(r.rule_id), r.tag) for r in one.rules] or UNSET,
            )
        )
        for one, data in zip(told, shown, strict=True)
    ]


async def _last_word(request: web.Request, response: web.StreamResponse, reason: str) -> None:
    """Says why the stream ends; the connection ends with it, once a client that reads, however
    slowly, has been told, or as `Door` says."""
    error = {
        "title": "operational-disconnect",
        "disconnect_type": "UpstreamOperationalDisconnect",
        "detail": reason,
        "type": f"{PROBLEMS}/resource-unavailable",
        "resource_type": "stream",
    }
    try:
        async with asyncio.timeout(LAST_WORD_SECONDS):
            await response.write(json.encode(Line(errors=[error])) + NEWLINE)
    except (ConnectionResetError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()


def _bound_send_buffer(request: web.Request) -> None:
    connection = request.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
