"""A stream lives through an outage of Kafka, and tells what was written when it is back."""

import logging
import secrets
from functools import partial

import pytest

from deploy.stack import Stack
from tests.gateway.streams import add_rules, listening
from tests.outages.waiting import until_status
from tests.person import Person


async def test_a_stream_goes_on_when_kafka_is_back(
    stack: Stack, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # clients of Kafka say a lot when it is away
    word = f"heron{secrets.token_hex(4)}"
    await add_rules(alice, word)
    async with listening(alice) as stream:
        before = await alice.tweet(f"{word} before")
        assert await stream.next_id() == before
        await stack.stop_part("kafka")
        await stack.start_part("kafka")
        key = {"Idempotency-Key": secrets.token_hex()}
        json = {"text": f"{word} after"}
        post = partial(alice.call, "POST", "/2/tweets", json=json, headers=key)
        after = (await until_status(201, post)).data["id"]
        assert await stream.next_id() == after
