"""Too much at once is turned away early, and said so."""

import asyncio
from contextlib import ExitStack

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from events.tasks import cancel_all
from gateway.admission import FEW, LATE_SECONDS, MANY, Admission
from gateway.app import make_app
from gateway.limits import OFF
from gateway.problems import Problem
from gateway.state import GATEWAY
from schemas.servers import Servers
from tests.gateway.problems import assert_problem
from tests.person import Person


def full(admission: Admission, requests: int) -> ExitStack:
    inside = ExitStack()
    for _ in range(requests):
        inside.enter_context(admission.admitted())
    return inside


def test_many_may_wait_while_the_loop_is_on_time() -> None:
    admission = Admission()
    with full(admission, MANY):
        assert admission.at_once == MANY
        with pytest.raises(Problem, match="more is asked"), admission.admitted():
            pass
    assert admission.at_once == 0


def test_few_are_let_in_however_late_the_loop_is() -> None:
    admission = Admission()
    admission.lateness = 2 * LATE_SECONDS
    with full(admission, FEW):
        with pytest.raises(Problem, match="more is asked"), admission.admitted():
            pass
        admission.lateness = 0
        with admission.admitted():
            assert admission.at_once == FEW + 1


def test_who_fails_leaves_too() -> None:
    admission = Admission()
    with pytest.raises(KeyError), admission.admitted():
        raise KeyError
    assert admission.at_once == 0


async def test_a_loop_that_is_kept_busy_is_late() -> None:
    admission = Admission()
    watching = asyncio.create_task(admission.watch())
    try:
        async with asyncio.timeout(10):
            while admission.lateness < LATE_SECONDS:
                sum(range(5_000_000))
                await asyncio.sleep(0)
            while admission.lateness > LATE_SECONDS:
                await asyncio.sleep(0.01)
    finally:
        await cancel_all([watching])


async def test_a_gateway_that_is_full_says_when_to_come_back(
    servers: Servers, alice: Person
) -> None:
    app = make_app(servers, limits_times=OFF)
    async with TestServer(app) as server, ClientSession() as session:
        address = str(server.make_url("")).rstrip("/")
        there = Person(session, address, alice.id, alice.username, alice.token)
        with full(app[GATEWAY].admission, MANY):
            refused = await there.call("GET", "/2/users/me")
            assert_problem(refused, 503, "more is asked")
            assert refused.headers["Retry-After"] == "1"
            assert (await there.fetch("/livez")).status == 200
        assert (await there.call("GET", "/2/users/me")).status == 200
