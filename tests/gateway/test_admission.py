"""Too much at once is turned away early, and said so."""

import asyncio
from contextlib import ExitStack
from math import ceil

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from events.tasks import cancel_all
from gateway.admission import (
    MANY,
    SAMPLE_SECONDS,
    STUCK_SECONDS,
    Admission,
    Admissions,
)
from gateway.app import make_app
from gateway.limits import OFF
from gateway.state import GATEWAY
from schemas.servers import Servers
from tests.gateway.problems import assert_problem
from tests.person import Person

FEW = 10
ANSWER_SECONDS = 0.008


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def on_time() -> Admission:
    """Whose loop never waits, whatever else the machine does."""
    return Admission(FEW, ANSWER_SECONDS, Clock())


def full(admission: Admission, requests: int) -> ExitStack:
    inside = ExitStack()
    for _ in range(requests):
        inside.enter_context(admission)
    return inside


def answer(admission: Admission, requests: int, late_seconds: float, busy: float = 0.0) -> None:
    """So many are answered, and then a sample is taken."""
    for _ in range(requests):
        with admission:
            pass
    admission.sample(late_seconds, busy)


def test_many_may_wait_while_the_loop_is_on_time() -> None:
    admission = on_time()
    with full(admission, MANY):
        assert admission.full()
    assert admission.at_once == 0


def test_one_late_turn_of_the_loop_is_no_overload() -> None:
    admission = on_time()
    admission.sample(1.0)
    assert admission.limit == MANY


def test_a_loop_that_stays_late_lets_in_what_it_answers_in_time() -> None:
    admission = on_time()
    for _ in range(100):
        answer(admission, 20, late_seconds=0.005)
    assert admission.limit == pytest.approx(20 / (0.005 + SAMPLE_SECONDS) * ANSWER_SECONDS)
    with full(admission, ceil(admission.limit)):
        assert admission.full()


def test_a_loop_that_only_computes_lets_in_what_it_answers_in_time() -> None:
    admission = on_time()
    for _ in range(100):
        answer(admission, 20, late_seconds=0.0, busy=1.0)
    assert admission.limit == pytest.approx(20 / SAMPLE_SECONDS * ANSWER_SECONDS, rel=0.01)


def test_fewer_are_let_in_while_others_are_turned_away() -> None:
    admission = on_time()
    for _ in range(100):
        admission.turn_away()
        admission.sample(1.0)
    assert admission.limit == FEW / 2
    with full(admission, FEW // 2):
        assert admission.full()
        for _ in range(1_000):
            admission.sample(1.0)
        assert admission.limit == FEW
        assert not admission.full()


def test_few_are_let_in_however_late_the_loop_is() -> None:
    admission = on_time()
    for _ in range(100):
        admission.sample(10.0)
    assert admission.limit == FEW
    with full(admission, FEW - 1):
        assert not admission.full()
        with full(admission, 1):
            assert admission.full()


def test_a_loop_that_is_on_time_again_lets_more_and_more_in() -> None:
    admission = on_time()
    for _ in range(100):
        admission.sample(1.0)
    grown = []
    for _ in range(600):
        before = admission.limit
        admission.sample(0.0)
        grown.append(admission.limit - before)
    assert grown[0] < 1 < grown[100]
    assert admission.limit == MANY


def test_a_loop_that_is_on_time_now_and_then_lets_few_more_in() -> None:
    admission = on_time()
    for _ in range(200):
        admission.sample(1.0)
        admission.sample(1.0)
        for _ in range(10):
            admission.sample(0.0)
            assert admission.limit < FEW + 2


def test_a_crowd_that_comes_within_one_turn_of_the_loop_is_not_let_in_whole() -> None:
    clock = Clock()
    admission = Admission(FEW, ANSWER_SECONDS, clock)
    with full(admission, FEW):
        assert not admission.full()
        assert not admission.stuck()
        clock.seconds += STUCK_SECONDS + 2 * SAMPLE_SECONDS
        assert admission.full()
        assert admission.stuck()
    assert not admission.stuck()


def test_who_waits_for_the_log_leaves_its_place_but_for_one_among_very_many() -> None:
    admission = on_time()
    admission.limit = FEW
    with full(admission, FEW):
        assert admission.full()
        with admission.waiting():
            assert not admission.full()
        assert admission.full()
    admission.limit = MANY
    with full(admission, MANY), admission.waiting():
        assert admission.full()


def test_a_head_is_a_read() -> None:
    admissions = Admissions()
    assert admissions.of("HEAD") is admissions.of("GET") is admissions.reads


def test_who_fails_leaves_too() -> None:
    admission = on_time()
    with pytest.raises(KeyError), admission:
        raise KeyError
    assert admission.at_once == 0


async def test_a_loop_that_is_kept_busy_is_late() -> None:
    admissions = Admissions()
    watching = asyncio.create_task(admissions.watch())
    try:
        async with asyncio.timeout(10):
            while MANY in (admissions.reads.limit, admissions.writes.limit):
                sum(range(1_000_000))
                await asyncio.sleep(0)
    finally:
        await cancel_all([watching])


async def test_a_gateway_that_is_full_says_when_to_come_back(
    servers: Servers, alice: Person
) -> None:
    app = make_app(servers, limits_times=OFF, few_at_once=MANY)
    async with TestServer(app) as server, ClientSession() as session:
        address = str(server.make_url("")).rstrip("/")
        there = Person(session, address, alice.id, alice.username, alice.token)
        with full(app[GATEWAY].admissions.of("GET"), MANY):
            refused = await there.call("GET", "/2/users/me")
            assert_problem(refused, 503, "more is asked")
            assert refused.headers["Retry-After"] == "1"
            assert (await there.fetch("/livez")).status == 200
            assert await there.tweet("I can still say so")
        assert (await there.call("GET", "/2/users/me")).status == 200
