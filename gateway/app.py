"""The gateway put together."""

from collections.abc import AsyncIterator

from aiohttp import web

from events.log import Log
from gateway import openapi
from gateway.accounts import Accounts
from gateway.addresses import Addresses
from gateway.admission import Admissions
from gateway.allowances import Allowances
from gateway.bodies import MAX_BODY_BYTES
from gateway.chores import chores
from gateway.commands import Commands
from gateway.degraded import Degraded
from gateway.failures import answer_failures
from gateway.health import HEALTH, Health
from gateway.hub import HUB, Hub, Streaming
from gateway.keyring import Keyring
from gateway.leases import leased_snowflakes
from gateway.limits import Limits
from gateway.log_ends import log_ends
from gateway.measuring import measure
from gateway.media.desk import Desk
from gateway.media.store import open_store
from gateway.modules import ENDPOINTS, OPEN_PATHS
from gateway.nonces import Nonces
from gateway.oauth2.apps import Apps
from gateway.oauth2.grants import Grants
from gateway.oauth2.issuing import Issuing
from gateway.profiles import Profiles
from gateway.rules import Rules
from gateway.shedding import shed
from gateway.signed import SignedRequests
from gateway.signing_keys import KeyStore
from gateway.state import GATEWAY, Gateway
from gateway.tokens import Tokens
from projections import generations
from projections.registry import Readers
from projections.stores import open_stores
from schemas.metrics import REQUESTS_IN_FLIGHT
from schemas.servers import MEDIA, ServerMissing, Servers
from schemas.topics import DEAD_LETTERS, GRAPH, LISTS, REACTIONS, REPLIES, RETWEETS, TWEETS

DECIDED_ON = (TWEETS, REPLIES, RETWEETS, LISTS, GRAPH)
"""The topics whose end is asked for before a decision."""


def make_app(
    servers: Servers,
    *,
    limits_times: float = 1.0,
    addresses: Addresses | None = None,
    streaming: Streaming | None = None,
    few_at_once: int | None = None,
) -> web.Application:
    """All limits on requests are multiplied by `limits_times`; `few_at_once`, if given, are
    never too many.

    Raises `ServerMissing` when nothing says where photos and videos are to be kept.
    """
    if not servers.media:
        raise ServerMissing(f"{MEDIA} is not set: a folder, or s3://BUCKET")
    app = web.Application(
        middlewares=[measure, shed, answer_failures],
        client_max_size=MAX_BODY_BYTES,
        handler_args={"auto_decompress": False},  # else what is only thrown away is inflated, too
    )
    app.add_routes([endpoint.route() for endpoint in ENDPOINTS])
    app.add_routes([openapi.route_of(ENDPOINTS, OPEN_PATHS), *(p.route() for p in OPEN_PATHS)])
    addresses, streaming = addresses or Addresses(), streaming or Streaming()
    admissions = Admissions(few_at_once)
    app.cleanup_ctx.append(
        lambda app: _gateway(app, servers, limits_times, addresses, streaming, admissions)
    )
    app.on_shutdown.append(_end_streams)
    return app


async def _gateway(
    app: web.Application,
    servers: Servers,
    limits_times: float,
    addresses: Addresses,
    streaming: Streaming,
    admissions: Admissions,
) -> AsyncIterator[None]:
    async with (
        open_stores(servers) as stores,
        leased_snowflakes(stores.postgres) as ids,
        Log(servers.kafka) as log,
        log_ends(servers.kafka, *(topic.name for topic in DECIDED_ON)) as ends,
        log_ends(servers.kafka, REACTIONS.name) as reaction_ends,
        log_ends(servers.kafka, DEAD_LETTERS) as letter_ends,
        open_store(servers.media) as media,
    ):
        current = await generations.current(stores.postgres)
        accounts = Accounts(stores.postgres)
        limits = Limits(Allowances(stores.redis), addresses, limits_times)
        keyring = Keyring(KeyStore(stores.postgres), limits)
        signed = SignedRequests(keyring, Nonces(stores.redis), limits)
        gateway = app[GATEWAY] = Gateway(
            log=log,
            ids=ids,
            accounts=accounts,
            profiles=Profiles(stores.postgres),
            limits=limits,
            keyring=keyring,
            tokens=Tokens(accounts, signed, limits),
            apps=Apps(stores.postgres),
            grants=Grants(stores.postgres),
            issuing=Issuing(stores.postgres),
            commands=Commands(stores.postgres, log),
            readers=Readers.at(stores, current),
            ends=ends,
            reaction_ends=reaction_ends,
            media=Desk(stores.postgres, media),
            degraded=Degraded(servers.kafka, letter_ends),
            admissions=admissions,
        )
        REQUESTS_IN_FLIGHT.set_function(lambda: len(gateway.deadlines))
        app[HEALTH] = Health(gateway)
        app[HUB] = Hub(gateway, servers.kafka, Rules(stores.postgres), streaming)
        async with chores(gateway, stores, current):
            yield


async def _end_streams(app: web.Application) -> None:
    app[HUB].end_all()
