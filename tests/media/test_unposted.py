"""Media are not kept for tweets that never came to be."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import AsyncMock

import pytest
from aiohttp.test_utils import TestServer

from events import log
from events.clock import now_ms
from gateway import positions
from gateway.app import make_app
from gateway.degraded import Degraded
from gateway.media.unposted import SURE_AFTER_MS, give_back_unposted
from gateway.media.uses import Uses
from gateway.problems import Problem
from gateway.state import GATEWAY, Gateway
from projections.generations import Generations, current
from projections.mongo import CollectionLost
from projections.registry import VIEWS, Readers
from projections.stores import Stores
from projections.view import Batch
from schemas.ids import first_id_at
from schemas.servers import Servers
from schemas.topics import TWEETS
from tests.gateway.problems import assert_problem
from tests.media import pictures
from tests.media.test_attached import post, uploaded
from tests.person import Person
from tests.projections.memory_log import fresh_number


@pytest.fixture
async def inside(servers: Servers, workers: None) -> AsyncIterator[Gateway]:
    app = make_app(servers)
    async with TestServer(app):
        yield app[GATEWAY].now


async def users(stores: Stores, media_id: str) -> set[str]:
    """The tweets that have it."""
    rows = await stores.postgres.fetch(
        "SELECT tweet_id FROM media_uses WHERE media_id = $1", int(media_id)
    )
    return {str(row["tweet_id"]) for row in rows}


async def let_expire(stores: Stores, media_id: str) -> None:
    """As if a day had passed since it was uploaded."""
    await stores.postgres.execute(
        "UPDATE media SET expires_at = now() WHERE media_id = $1", int(media_id)
    )


async def test_posts_at_once_under_a_key_keep_once(alice: Person, stores: Stores) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    body = {"text": "Once", "media": {"media_ids": [photo["id"]]}}
    key = {"Idempotency-Key": photo["id"]}
    posts = (alice.call("POST", "/2/tweets", json=body, headers=key) for _ in range(8))
    (tweet_id,) = {reply.data["id"] for reply in await asyncio.gather(*posts)}
    assert await users(stores, photo["id"]) == {tweet_id}
    assert (await alice.delete(tweet_id)).status == 200
    assert (await alice.fetch(f"/media/{photo['media_key']}")).status == 404


async def test_what_goes_while_it_is_being_attached_is_not_attached(
    alice: Person, inside: Gateway, stores: Stores
) -> None:
    """Between looking for it and keeping it, the last tweet that has it is deleted."""
    photo, other = [(await uploaded(alice, pictures.photo("JPEG"))).data for _ in range(2)]
    media_ids = [int(photo["id"]), int(other["id"])]
    posted = (await post(alice, photo["id"], text="Here")).data["id"]
    uses = inside.media.uses
    assert (await uses.find(int(alice.id), media_ids)).keys() == set(media_ids)
    await uses.release(int(posted))
    with pytest.raises(Problem, match="deleted"):
        await uses.keep(inside.ids.next(), media_ids)
    for media_id in media_ids:
        assert await users(stores, str(media_id)) == set()
    assert (await post(alice, other["id"], text="There")).status == 201


async def test_a_post_that_was_not_sent_keeps_nothing(
    alice: Person, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    with monkeypatch.context() as overloaded:
        overloaded.setattr(log, "MAX_IN_FLIGHT", 0)
        assert_problem(await post(alice, photo["id"], text="Now"), 503)
    assert await users(stores, photo["id"]) == set()
    posted = await post(alice, photo["id"], text="Then")
    assert posted.status == 201, posted.body
    assert await users(stores, photo["id"]) == {posted.data["id"]}


async def test_a_key_keeps_what_its_retry_will_post(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    body = {"text": "Once", "media": {"media_ids": [photo["id"]]}}
    key = {"Idempotency-Key": photo["id"]}
    with monkeypatch.context() as overloaded:
        overloaded.setattr(log, "MAX_IN_FLIGHT", 0)
        assert_problem(await alice.call("POST", "/2/tweets", json=body, headers=key), 503)
    assert (await alice.call("POST", "/2/tweets", json=body, headers=key)).status == 201
    assert (await alice.fetch(f"/media/{photo['media_key']}")).status == 200


async def test_what_was_never_posted_is_given_back_when_that_is_sure(
    alice: Person, stores: Stores, inside: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [(await uploaded(alice, pictures.photo("JPEG"))).data for _ in range(4)]
    posted, never, deleted, lately = (photo["id"] for photo in photos)
    real = (await post(alice, posted, text="Here")).data["id"]
    reply = await post(alice, posted, text="Too", reply={"in_reply_to_tweet_id": real})
    gone = (await post(alice, deleted, text="Gone")).data["id"]
    with monkeypatch.context() as dying:  # as if the gateway had died when it was deleted
        dying.setattr(Uses, "release", AsyncMock())
        assert (await alice.delete(gone)).status == 200
    uses = inside.media.uses
    long_ago = first_id_at(now_ms() - SURE_AFTER_MS - 1_000)
    await uses.keep(long_ago, [int(posted), int(never)])
    await uses.keep(recent := first_id_at(now_ms()), [int(lately)])

    await give_back_unposted(inside)
    assert await users(stores, posted) == {real, reply.data["id"]}
    assert await users(stores, never) == set()
    assert await users(stores, lately) == {str(recent)}
    found = await uses.find(int(alice.id), [int(never)])
    assert list(found) == [int(never)]

    await give_back_unposted(inside, sure_after_ms=-1_000)
    assert await users(stores, posted) == {real, reply.data["id"]}
    assert await users(stores, deleted) == await users(stores, lately) == set()
    unsure = await uses.unconfirmed(first_id_at(now_ms()), 10_000)
    own = {int(real), int(reply.data["id"]), int(gone), long_ago, recent}
    assert own.isdisjoint(unsure)
    for photo in photos:
        await let_expire(stores, photo["id"])
    statuses = [(await alice.fetch(f"/media/{photo['media_key']}")).status for photo in photos]
    assert statuses == [200, 404, 404, 404]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_nothing_is_given_back_while_a_collection_is_lost(
    alice: Person, stores: Stores, inside: Gateway, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Checkpoints alone do not tell, and a generation is dropped 21 s after nobody reads it."""
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    posted = (await post(alice, photo["id"], text="Here")).data["id"]
    generation = fresh_number()
    at = Generations(await current(stores.postgres) | {"tweets": generation})
    view = VIEWS["tweets"](stores, at)

    async def lose() -> None:
        if when == "before":
            await stores.mongo[f"tweets_g{generation}"].drop()
        else:
            await view.drop()

    try:
        await view.prepare()
        for partition, end in (await inside.ends.now()).items():
            if partition.topic == TWEETS.name:
                await view.apply(Batch(partition, 0, end, ()))
        inside.use(Readers.at(stores, at))
        if when == "before":
            await lose()
        else:
            monkeypatch.setattr(Degraded, "read", AsyncMock(side_effect=lose))
            monkeypatch.setattr(positions, "WAIT_SECONDS", 0.1)
        with pytest.raises((CollectionLost, Problem)):
            await give_back_unposted(inside, sure_after_ms=-1_000)
        assert await users(stores, photo["id"]) == {posted}
    finally:
        await view.drop()


async def test_what_a_deleted_tweet_had_goes_although_the_deletion_broke_off(
    alice: Person, stores: Stores, inside: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a tweet that was known to be there: a deletion that is tried again finds none."""
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    posted = (await post(alice, photo["id"], text="Here")).data["id"]
    await give_back_unposted(inside, sure_after_ms=-1_000)
    unsure = await inside.media.uses.unconfirmed(first_id_at(now_ms() + 1_000), 10_000)
    assert int(posted) not in unsure
    with monkeypatch.context() as away:
        away.setattr(Uses, "release", AsyncMock(side_effect=OSError("PostgreSQL is away")))
        assert_problem(await alice.delete(posted), 503)
    await give_back_unposted(inside, sure_after_ms=-1_000)
    assert await users(stores, photo["id"]) == set()
    await let_expire(stores, photo["id"])
    assert (await alice.fetch(f"/media/{photo['media_key']}")).status == 404


async def test_what_stands_under_a_key_older_than_a_day_is_not_appended(
    alice: Person, stores: Stores
) -> None:
    key = {"Idempotency-Key": alice.id}
    first = await alice.call("POST", "/2/tweets", json={"text": "x"}, headers=key)
    await stores.postgres.execute(
        "UPDATE idempotency_keys SET positions = NULL, created_at = now() - interval '25 hours'"
        " WHERE key = $1",
        alice.id,
    )
    again = await alice.call("POST", "/2/tweets", json={"text": "x"}, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.data["id"] != first.data["id"]
    assert await alice.home_ids() == [again.data["id"], first.data["id"]]
