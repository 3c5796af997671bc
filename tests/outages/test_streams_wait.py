"""A stream lives through an outage, and tells what was written when all is back."""

import logging
import secrets
from functools import partial

import pytest

from deploy.stack import Stack
from events.clock import now_ms
from events.log import Log
from gateway import protection, tokens
from schemas.ids import first_id_at
from tests.gateway.streams import add_rules, listening, post_of
from tests.gateway.test_streams import Elsewhere, elsewhere
from tests.outages.waiting import until_status
from tests.person import Person

__all__ = ["elsewhere"]


async def test_a_stream_goes_on_when_kafka_is_back(
    stack: Stack, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # clients of Kafka say a lot when it is away
    word = f"heron{secrets.token_hex(4)}"
    await add_rules(alice, word)
    async with listening(alice) as stream:
        before = await alice.tweet(f"{word} before")
        assert await stream.next_id() == before
        await stack.supervisor.stop_part("kafka")
        await stack.supervisor.start_part("kafka")
        key = {"Idempotency-Key": secrets.token_hex()}
        json = {"text": f"{word} after"}
        post = partial(alice.call, "POST", "/2/tweets", json=json, headers=key)
        after = (await until_status(201, post)).data["id"]
        assert await stream.next_id() == after


async def test_a_stream_waits_for_the_store_that_says_who_may_see_what(
    stack: Stack, elsewhere: Elsewhere, bob: Person, carla: Person, log: Log,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(protection, "REMEMBER_SECONDS", 600.0)
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 600.0)
    alice = await elsewhere(keep_alive_seconds=2.0)
    word = f"heron{secrets.token_hex(4)}"
    await add_rules(alice, word)
    async with listening(alice) as stream:
        for author in (bob, carla):
            before = await author.tweet(f"{word} before")
            assert await stream.next_id() == before
        await bob.block(alice)
        alice.has_seen(bob)
        assert (await alice.call("GET", f"/2/users/{alice.id}/followers")).status == 200
        await stack.supervisor.stop_part("postgres")
        try:
            first = first_id_at(now_ms())
            for place, author in enumerate((bob, carla)):
                await log.append(post_of(author, first + place, f"{word} meanwhile"))
            assert await stream.line() == b""
        finally:
            await stack.supervisor.start_part("postgres")
        assert await stream.next_id() == str(first + 1)
