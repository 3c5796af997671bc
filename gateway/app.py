"""The gateway put together."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import chain

from aiohttp import web

from events.log import Log, LogOverloaded, LogUnavailable
from events.snowflake import LeaseExpired
from events.tasks import cancel_all
from gateway import (
    analytics,
    bookmarks,
    editing,
    follow_requests,
    follows,
    health,
    list_lookup,
    list_members,
    list_tweets,
    lists,
    live,
    notifications,
    openapi,
    own_profile,
    polls,
    posting,
    quotes,
    reactions,
    replies,
    retweets,
    search,
    search_counts,
    silencing,
    stream_rules,
    timelines,
    trends,
    tweets,
    user_search,
    users,
)
from gateway.accounts import Accounts
from gateway.addresses import Addresses
from gateway.allowances import Allowances
from gateway.commands import Commands
from gateway.hub import HUB, Hub, Streaming
from gateway.leases import leased_snowflakes
from gateway.limits import Limits, headers
from gateway.log_ends import log_ends
from gateway.media import appending, describing, legacy, objects, serving, uploading
from gateway.media.desk import Desk
from gateway.media.store import open_store
from gateway.parameters import MAX_BODY_BYTES
from gateway.problems import Problem, unavailable
from gateway.profiles import Profiles
from gateway.requests import REQUEST_ID, TIME_LIMIT
from gateway.rules import Rules
from gateway.state import GATEWAY, Gateway
from gateway.tokens import Tokens
from projections import elasticsearch, generations, mongo, postgres, redis
from projections.registry import Readers
from projections.stores import Stores, open_stores
from schemas.servers import MEDIA, ServerMissing, Servers
from schemas.topics import LISTS, REPLIES, RETWEETS, TWEETS

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REFRESH_SECONDS = 1.0
FORGET_SECONDS = 3_600.0
SETTLE_SECONDS = 2.0
REQUEST_SECONDS = 20.0
"""No request holds a connection for longer, whatever is slow behind it, but for media."""

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID_LENGTH = 128


MODULES = (
    timelines,
    posting,
    editing,
    tweets,
    replies,
    retweets,
    quotes,
    reactions,
    bookmarks,
    polls,
    follows,
    follow_requests,
    silencing,
    own_profile,
    user_search,  # before `users`, whose path of one user would take it
    users,
    search,
    search_counts,
    trends,
    lists,
    list_lookup,
    list_members,
    list_tweets,
    notifications,
    uploading,
    appending,
    describing,
    legacy,
    analytics,
    stream_rules,
    live,
)
"""The router tries paths in this order: the one that is asked most comes first."""


def make_app(
    servers: Servers,
    *,
    limits_times: float = 1.0,
    addresses: Addresses | None = None,
    streaming: Streaming | None = None,
) -> web.Application:
    """All limits on requests are multiplied by `limits_times`.

    Raises `ServerMissing` when nothing says where photos and videos are to be kept.
    """
    if not servers.media:
        raise ServerMissing(f"{MEDIA} is not set: a folder, or s3://BUCKET")
    app = web.Application(middlewares=[_problems], client_max_size=MAX_BODY_BYTES)
    for module in MODULES:
        app.add_routes(module.endpoints.routes())
    app.add_routes([openapi.route_of(chain.from_iterable(m.endpoints for m in MODULES))])
    app.add_routes(health.routes)
    app.add_routes(serving.routes)
    addresses, streaming = addresses or Addresses(), streaming or Streaming()
    app.cleanup_ctx.append(lambda app: _gateway(app, servers, limits_times, addresses, streaming))
    app.on_shutdown.append(_end_streams)
    return app


async def _gateway(
    app: web.Application,
    servers: Servers,
    limits_times: float,
    addresses: Addresses,
    streaming: Streaming,
) -> AsyncIterator[None]:
    async with (
        open_stores(servers) as stores,
        leased_snowflakes(stores.postgres) as ids,
        Log(servers.kafka) as log,
        log_ends(servers.kafka, TWEETS, REPLIES, RETWEETS, LISTS) as ends,
        open_store(servers.media) as media,
    ):
        current = await generations.current(stores.postgres)
        accounts = Accounts(stores.postgres)
        limits = Limits(Allowances(stores.redis), addresses, limits_times)
        gateway = app[GATEWAY] = Gateway(
            log=log,
            ids=ids,
            accounts=accounts,
            profiles=Profiles(stores.postgres),
            limits=limits,
            tokens=Tokens(accounts, limits),
            commands=Commands(stores.postgres, log),
            readers=Readers.at(stores, current),
            ends=ends,
            media=Desk(stores.postgres, media),
        )
        app[HUB] = Hub(gateway, servers.kafka, Rules(stores.postgres), streaming)
        chores = [
            asyncio.create_task(_follow_generations(gateway, stores, current)),
            asyncio.create_task(_forget_keys(gateway)),
            asyncio.create_task(_settle_hits(gateway)),
            asyncio.create_task(_forget_media(gateway)),
        ]
        yield
        await cancel_all(chores)


async def _end_streams(app: web.Application) -> None:
    app[HUB].end_all()


async def _follow_generations(
    gateway: Gateway, stores: Stores, used: generations.Generations
) -> None:
    while True:
        try:
            now = await generations.current(stores.postgres)
        except postgres.TRANSIENT as error:
            logger.warning("generations unknown: %r", error)
        else:
            if now != used:
                logger.info("reading generations %s", now)
                gateway.use(Readers.at(stores, now))
            used = now
        await asyncio.sleep(REFRESH_SECONDS)


async def _forget_keys(gateway: Gateway) -> None:
    while True:
        try:
            await gateway.commands.forget_old_keys()
        except postgres.TRANSIENT as error:
            logger.warning("old idempotency keys stay: %r", error)
        await asyncio.sleep(FORGET_SECONDS)


async def _settle_hits(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        try:
            await gateway.readers.cache.hits.settle()
        except redis.TRANSIENT as error:
            logger.warning("the hits of the cache are not counted: %r", error)


async def _forget_media(gateway: Gateway) -> None:
    while True:
        try:
            await gateway.media.forget_expired()
        except (*postgres.TRANSIENT, *objects.TRANSIENT) as error:
            logger.warning("expired media stay: %r", error)
        await asyncio.sleep(FORGET_SECONDS)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request its id, and every failure its answer."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    usable = 0 < len(given) <= REQUEST_ID_LENGTH and given.isascii() and given.isprintable()
    request[REQUEST_ID] = given if usable else secrets.token_hex(8)
    try:
        async with asyncio.timeout(REQUEST_SECONDS) as request[TIME_LIMIT]:
            response = await handler(request)
    except Problem as problem:
        response = problem.response()
    except web.HTTPException as error:
        response = _http_problem(error).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except (LogUnavailable, LogOverloaded, LeaseExpired) as error:
        response = unavailable(f"nothing can be written now: {error}").response()
    except TimeoutError:
        logger.warning("%s took too long", request.path)
        response = unavailable("what is behind this path did not answer in time").response()
    except (
        *mongo.TRANSIENT,
        *redis.TRANSIENT,
        *postgres.TRANSIENT,
        *elasticsearch.TRANSIENT,
        *objects.TRANSIENT,
    ) as error:
        logger.warning("%s: a store is away: %r", request.path, error)
        response = unavailable("a store behind this view is away").response()
    except Exception:
        logger.exception("%s %s (%s)", request.method, request.path, request[REQUEST_ID])
        response = Problem(
            500, "Internal Server Error", "birdlog failed; see its log", kind="internal-error"
        ).response()
    response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
    response.headers.update(headers(request))
    return response


def _http_problem(error: web.HTTPException) -> Problem:
    kinds = {404: "resource-not-found", 405: "invalid-request", 413: "invalid-request"}
    details = {
        404: "there is no such path",
        405: "this path does not take that method",
    }
    return Problem(
        error.status,
        error.reason,
        details.get(error.status, error.text or error.reason),
        kind=kinds.get(error.status, "invalid-request"),
    )
