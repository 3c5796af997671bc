"""Kafka goes away and comes back."""

import asyncio
import logging
import secrets
from functools import partial

import pytest

from deploy.stack import Stack
from schemas.servers import Servers
from streams.tail import lines
from tests.outages.refusals import AT_MOST_SECONDS, AT_ONCE_SECONDS, refused
from tests.outages.waiting import until_home_shows, until_status
from tests.person import Person


async def test_writes_are_refused_in_time_reads_go_on_and_writes_come_back(
    stack: Stack,
    servers: Servers,
    alice: Person,
    bob: Person,
    carla: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A write that was refused may still have been done: carla's are, and nobody looks at them."""
    caplog.set_level(logging.CRITICAL)  # clients of Kafka say a lot when it is away
    await bob.follow(alice)
    tweet_id = await alice.tweet("Before the storm")
    version = (await alice.edit(tweet_id, "Well before it")).data["edit_history_tweet_ids"][-1]
    bob.has_seen(alice)
    assert await bob.home_ids() == [tweet_id]
    await carla.follow(bob)
    doomed = await carla.tweet("Doomed")
    await carla.lookup(doomed)
    post = partial(carla.call, "POST", "/2/tweets", json={"text": "Never"})
    edit = partial(carla.edit, doomed, "Never")
    delete = partial(carla.delete, doomed)
    unfollow = partial(carla.unfollow, bob)
    key = {"Idempotency-Key": secrets.token_hex()}
    keyed = partial(alice.call, "POST", "/2/tweets", json={"text": "Once"}, headers=key)

    await stack.supervisor.stop_part("kafka")
    try:
        first = await asyncio.gather(
            *(refused(call) for call in (post, post, post, edit, edit, delete, unfollow)),
            *(refused(keyed) for _ in range(12)),
        )
        assert max(first) < AT_MOST_SECONDS

        later = [await refused(call) for call in (post, delete, unfollow, keyed, edit)]
        assert max(later) < AT_ONCE_SECONDS

        assert await bob.home_ids() == [tweet_id]
        assert (await bob.lookup(version)).data["text"] == "Well before it"
        assert (await bob.call("GET", f"/2/tweets/{tweet_id}/history")).status == 200
        assert [t["id"] for t in (await bob.user_tweets(alice)).data] == [tweet_id]
        following = await bob.call("GET", f"/2/users/{bob.id}/following")
        assert [user["id"] for user in following.data] == [alice.id]
        ready = await alice.call("GET", "/readyz")
        assert (ready.status, ready.body["kafka"]) == (503, False)
    finally:
        await stack.supervisor.start_part("kafka")

    once = await until_status(201, keyed)
    again = await keyed()
    assert (again.status, again.body) == (201, once.body)
    recorded = [
        line.event["event_id"]
        async for line in lines(servers.kafka, "tweets", key=once.data["id"], start=0, follow=False)
    ]
    assert set(recorded) == {once.data["id"]}
    after = await until_status(
        201, partial(alice.call, "POST", "/2/tweets", json={"text": "After the storm"})
    )
    assert (await until_status(201, partial(alice.edit, tweet_id, "Over"))).status == 201
    await until_home_shows(bob, [after.data["id"], once.data["id"], tweet_id])
    assert (await alice.call("GET", "/readyz")).status == 200
