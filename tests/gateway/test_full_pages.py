"""Pages are full although much of what they are read from may not be shown, and miss nothing."""

from typing import Any

import pytest

from gateway import filling
from tests.conftest import Register
from tests.gateway.test_lists import add, make
from tests.gateway.test_reactions import react
from tests.person import Person


@pytest.fixture(autouse=True)
def little_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a page of one takes several trips."""
    monkeypatch.setattr(filling, "SPARE", 0)


@pytest.fixture
async def seven(register: Register) -> list[Person]:
    return [await register(f"p{n}") for n in range(7)]


async def block_most(alice: Person, seven: list[Person]) -> list[Person]:
    """Those who are left, the last one first."""
    for person in (*seven[1:4], *seven[5:]):
        alice.has_seen(person)
        await alice.block(person)
    return [seven[4], seven[0]]


def ids(pages: list[list[Any]]) -> list[list[str]]:
    return [[one["id"] for one in page] for page in pages]


@pytest.mark.parametrize(
    ("what", "path"), [("likes", "liking_users"), ("retweets", "retweeted_by")]
)
async def test_pages_of_those_who_marked_a_tweet(
    alice: Person, seven: list[Person], what: str, path: str
) -> None:
    tweet_id = await alice.tweet("Goldfinch")
    for person in seven:
        person.has_seen(alice)
        assert (await react(person, what, tweet_id)).status == 200
        alice.has_seen(person)
    left = await block_most(alice, seven)
    pages = await alice.pages(f"/2/tweets/{tweet_id}/{path}", max_results="1")
    assert ids(pages) == [[person.id] for person in left]


@pytest.mark.parametrize(
    ("what", "path"),
    [("likes", "liked_tweets"), ("dislikes", "disliked_tweets"), ("bookmarks", "bookmarks")],
)
async def test_pages_of_marked_tweets(
    alice: Person, bob: Person, carla: Person, what: str, path: str
) -> None:
    """Some were deleted, those of carla are seen by nobody."""
    tweets = [await (carla if n % 4 == 1 else bob).tweet(f"Siskin {n}") for n in range(14)]
    alice.has_seen(bob)
    alice.has_seen(carla)
    for tweet_id in tweets:
        assert (await react(alice, what, tweet_id)).status == 200
    await carla.protect()
    kept = [tweets[10], tweets[2], tweets[0]]
    for n, tweet_id in enumerate(tweets):
        if n % 4 != 1 and tweet_id not in kept:
            await bob.delete(tweet_id)
    alice.has_seen(bob)
    pages = await alice.pages(f"/2/users/{alice.id}/{path}", max_results="2")
    assert ids(pages) == [kept[:2], kept[2:]]


async def test_pages_of_the_members_of_a_list(alice: Person, seven: list[Person]) -> None:
    list_id = await make(alice)
    for person in seven:
        assert (await add(alice, list_id, person)).status == 200
    left = await block_most(alice, seven)
    pages = await alice.pages(f"/2/lists/{list_id}/members", max_results="1")
    assert ids(pages) == [[person.id] for person in left]


async def test_pages_of_the_lists_that_one_is_on(alice: Person, seven: list[Person]) -> None:
    """Also without those that are deleted."""
    lists = {person.id: await make(person, f"List {n}") for n, person in enumerate(seven)}
    for person in seven:
        assert (await add(person, lists[person.id], alice)).status == 200
    gone = await make(seven[4], "Gone")
    await add(seven[4], gone, alice)
    await seven[4].call("DELETE", f"/2/lists/{gone}")
    left = await block_most(alice, seven)
    alice.has_seen(seven[0])
    alice.has_seen(seven[4])
    pages = await alice.pages(f"/2/users/{alice.id}/list_memberships", max_results="1")
    assert ids(pages) == [[lists[person.id]] for person in left]
