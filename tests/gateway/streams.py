"""Somebody who listens to a stream of a gateway."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientSession
from msgspec import json

from schemas.events import TweetPosted
from tests.person import Person, Reply

RULES = "/2/tweets/search/stream/rules"
FILTER = "/2/tweets/search/stream"
LINE_SECONDS = 30.0


class Stream:
    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def line(self) -> bytes:
        """The next line, empty for a keep-alive, without what ends it."""
        async with asyncio.timeout(LINE_SECONDS):
            line = await self.response.content.readline()
        assert line.endswith(b"\r\n"), line
        return line[:-2]

    async def next(self) -> Any:
        """The next line that is no keep-alive."""
        while not (line := await self.line()):
            pass
        return json.decode(line)

    async def next_id(self) -> str:
        return str((await self.next())["data"]["id"])

    async def ends(self) -> bool:
        async with asyncio.timeout(LINE_SECONDS):
            return await self.response.content.read(1) == b""


@asynccontextmanager
async def listening(person: Person, path: str = FILTER, **params: str) -> AsyncIterator[Stream]:
    async with (
        ClientSession(headers={"Authorization": f"Bearer {person.token}"}) as session,
        session.get(person.gateway + path, params=params) as response,
    ):
        assert response.status == 200, await response.text()
        yield Stream(response)


async def add_rules(person: Person, *values: str, tag: str = "") -> Reply:
    body = {"add": [{"value": value, "tag": tag} for value in values]}
    return await person.call("POST", RULES, json=body)


def post_of(author: Person, tweet_id: int, text: str) -> TweetPosted:
    return TweetPosted(
        event_id=tweet_id,
        at=time.time_ns() // 1_000_000,
        actor=int(author.id),
        request_id="t",
        tweet_id=tweet_id,
        text=text,
    )
