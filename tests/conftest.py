"""One stack of real servers for the whole run, and birdlog on it."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import uvloop
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, settings

from deploy.home import Home
from deploy.stack import Stack
from events.log import Log
from events.snowflake import Snowflakes
from gateway import positions
from gateway.accounts import Accounts, Registration
from gateway.admission import MANY
from gateway.app import make_app
from gateway.leases import leased_snowflakes
from gateway.limits import OFF
from gateway.signing_keys import KeyStore, SigningKeys
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from streams.parts import WORKERS
from streams.setup import set_up
from tests.person import Person
from tests.processes import process
from tests.warm import views_follow
from tests.x_clients import Tweepy, Xdk

VIEWS_SECONDS = 60.0
"""So long a request waits for views, on a machine that does much else."""

_numbers = itertools.count(time.time_ns() // 10_000_000 % 10_000_000)
"""Differ from run to run, so that servers which live longer than a run may be used."""


settings.register_profile("birdlog", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("birdlog")
"""No example fails because another program had the cores."""

STARTED = pytest.StashKey[bool]()

TESTS = Path(__file__).parent
APART = tuple(
    TESTS / name
    for name in (
        *("deploy", "streams", "simulation", "outages", "test_docs.py"),
        *("bench", "events", "media", "schemas"),
    )
)
"""Where tests have servers of their own, or none and take long: about half of what all take."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that a second process can run beside those that share one stack."""
    for item in items:
        shares = "stack" in getattr(item, "fixturenames", ())
        if not shares and any(item.path.is_relative_to(folder) for folder in APART):
            item.add_marker(pytest.mark.apart)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests record, such as the seed that they drew, is shown also where all is well."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid}: {name} {value}")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the gateway and the workers have."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
async def stack(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    """The only one of the run: a plain test that asked for it would get another loop and stack."""
    assert STARTED not in pytestconfig.stash, "make the test that asks for servers async"
    pytestconfig.stash[STARTED] = True
    home = Home(Path(tmp_path_factory.mktemp("birdlog")))
    async with Stack.for_tests(home, durable=False).running() as stack:
        yield stack


@pytest.fixture(scope="session")
async def servers(stack: Stack) -> Servers:
    servers = Servers.from_environment(stack.servers.environ())
    await set_up(servers)
    return servers


@pytest.fixture(scope="session")
def mongodb_uri(servers: Servers) -> str:
    return servers.mongodb


@pytest.fixture(scope="session")
async def stores(servers: Servers) -> AsyncIterator[Stores]:
    async with open_stores(servers) as stores:
        yield stores


@pytest.fixture(scope="session")
async def log(servers: Servers) -> AsyncIterator[Log]:
    async with Log(servers.kafka) as log:
        yield log


@pytest.fixture(scope="session")
async def workers(
    stack: Stack,
    servers: Servers,
    log: Log,
    stores: Stores,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[None]:
    """All views kept up to date, and the outbox emptied, by processes as `up` starts them."""
    logs = tmp_path_factory.mktemp("workers")
    environment = stack.servers.environ()
    async with AsyncExitStack() as running:
        for name, views in WORKERS.items():
            worker = process(
                "streams", "worker", *views, servers=environment, log=logs / f"{name}.log"
            )
            await running.enter_async_context(worker)
        outbox = process("streams", "outbox", servers=environment, log=logs / "outbox.log")
        await running.enter_async_context(outbox)
        await views_follow(log, stores)
        yield


@pytest.fixture(scope="session")
async def gateway(servers: Servers, workers: None) -> AsyncIterator[str]:
    """The address of a gateway, without a slash at its end."""
    server = TestServer(make_app(servers, limits_times=OFF, few_at_once=MANY))
    await server.start_server()
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr(positions, "WAIT_SECONDS", VIEWS_SECONDS)
        yield str(server.make_url("")).rstrip("/")
    await server.close()


Register = Callable[[str], Awaitable[Person]]


@pytest.fixture(scope="module")
async def leased(stores: Stores) -> AsyncIterator[Snowflakes]:
    async with leased_snowflakes(stores.postgres) as ids:
        yield ids


@pytest.fixture
async def register(gateway: str, stores: Stores, leased: Snowflakes) -> AsyncIterator[Register]:
    """Creates somebody whose user name begins as given."""
    accounts = Accounts(stores.postgres)
    async with ClientSession() as session:

        async def create(name: str) -> Person:
            username = f"{name}_{next(_numbers)}"
            registration = Registration(username=username, name=name.title())
            user = await accounts.register(registration, leased, "test")
            token = await accounts.issue_token(user.user_id)
            return Person(session, gateway, str(user.user_id), username, token)

        yield create


@pytest.fixture
async def alice(register: Register) -> Person:
    return await register("alice")


@pytest.fixture
async def bob(register: Register) -> Person:
    return await register("bob")


@pytest.fixture
async def carla(register: Register) -> Person:
    return await register("carla")


@pytest.fixture
async def keys(alice: Person, stores: Stores) -> SigningKeys:
    """Of Alice."""
    return await KeyStore(stores.postgres).issue(int(alice.id))


@pytest.fixture
def with_tweepy(alice: Person) -> Iterator[Tweepy]:
    client = Tweepy(alice)
    yield client
    client.close()


@pytest.fixture
def with_xdk(alice: Person) -> Iterator[Xdk]:
    client = Xdk(alice)
    yield client
    client.close()
