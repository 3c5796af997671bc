"""What a load generator takes for an answer."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bench.client import BadAnswer
from bench.offering import let_in, let_in_per_second, offered
from bench.overload import overload
from tests.bench.answering import answering

LONG = b"GET / HTTP/1.1\r\n\r\n"


def test_only_503_is_turned_away() -> None:
    assert let_in((201, b""))
    assert not let_in((503, b""))
    with pytest.raises(BadAnswer, match="429"):
        let_in((429, b"slow down"))


async def test_those_let_in_and_those_turned_away_are_counted() -> None:
    async with answering((200, b""), (503, b"")) as port:
        load = await offered(port, [LONG], rate=200, seconds=0.5)
    assert load.statuses.total() > 50
    assert abs(load.statuses[200] - load.statuses[503]) <= 1
    assert len(load.accepted) == load.statuses[200]


Ask = Callable[[int], Awaitable[object]]
ASKS: list[Ask] = [
    lambda port: offered(port, [LONG], rate=200, seconds=0.5),
    lambda port: let_in_per_second(port, [LONG], connections=2, seconds=0.5),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_what_is_neither_is_no_measurement(ask: Ask, status: int) -> None:
    async with answering((200, b""), (503, b""), (status, b"")) as port:
        with pytest.raises(BadAnswer, match=str(status)):
            await ask(port)


async def test_what_could_not_be_offered_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    async def five_times(*arguments: Any, **more: Any) -> float:
        return 5 * await let_in_per_second(*arguments, **more)

    monkeypatch.setattr("bench.overload.SECONDS", 0.5)
    monkeypatch.setattr("bench.overload.let_in_per_second", five_times)
    async with answering((200, b"")) as port:  # by the same thread, which can do no more than that
        with pytest.raises(RuntimeError, match="that homes was to get"):
            await overload(port, [LONG], "homes")


async def test_where_nobody_is_let_in_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.overload.SECONDS", 0.5)
    async with answering((200, b""), *[(503, b"")] * 200) as port:
        with pytest.raises(RuntimeError, match="homes let nobody in"):
            await overload(port, [LONG], "homes")


async def test_how_many_are_let_in_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.overload.SECONDS", 1.0)
    async with answering((200, b""), after=0.05) as port:
        waiting, admitted = await overload(port, [LONG], "homes")
    assert waiting.floor >= 50
    assert 1.5 < admitted.ratio < 3
    assert admitted.met
