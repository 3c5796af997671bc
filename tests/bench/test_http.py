"""What is asked for must be what the floor gives."""

import pytest
from msgspec import json

from bench.client import BadAnswer
from bench.http import FRAGMENT, PAGE, probe
from tests.bench.answering import answering

HOME = b"GET / HTTP/1.1\r\n\r\n"
FLOOR = b'{"data":[' + b",".join([FRAGMENT] * PAGE) + b"]}"


async def test_full_homes_are_measured() -> None:
    async with answering((200, FLOOR)) as port:
        await probe(port, [HOME] * 3, FLOOR)


@pytest.mark.parametrize(
    "page",
    [
        b'{"data":[' + b",".join([FRAGMENT] * (PAGE - 1)) + b"]}",
        json.encode({"data": [{"id": "1"}] * PAGE}),
    ],
)
async def test_a_home_with_less_is_not_measured(page: bytes) -> None:
    async with answering((200, FLOOR), (200, page)) as port:
        with pytest.raises(BadAnswer, match="a home of"):
            await probe(port, [HOME] * 2, FLOOR)
