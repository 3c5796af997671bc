"""Lists, page after page: each thing once, newest first."""

import itertools
from typing import Any

import pytest

from gateway.cursors import token_before
from schemas.ids import MAX_ID
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.gateway.test_reactions import react
from tests.person import Person


@pytest.fixture
async def seven(register: Register) -> list[Person]:
    return [await register(f"p{n}") for n in range(7)]


async def test_followers_come_newest_first_over_many_pages(
    alice: Person, seven: list[Person]
) -> None:
    for person in seven:
        await person.follow(alice)
        alice.has_seen(person)
    pages = await alice.pages(f"/2/users/{alice.id}/followers", max_results="3")
    assert [len(page) for page in pages] == [3, 3, 1]
    found = [user["id"] for page in pages for user in page]
    assert found == [person.id for person in reversed(seven)]


async def test_following_comes_newest_first_over_many_pages(
    alice: Person, seven: list[Person]
) -> None:
    for person in seven:
        await alice.follow(person)
    pages = await alice.pages(f"/2/users/{alice.id}/following", max_results="2")
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    found = [user["id"] for page in pages for user in page]
    assert found == [person.id for person in reversed(seven)]


async def test_followers_are_paged_both_ways(alice: Person, seven: list[Person]) -> None:
    for person in seven[:6]:
        await person.follow(alice)
        alice.has_seen(person)
    path = f"/2/users/{alice.id}/followers"

    async def page(token: str | None) -> tuple[list[str], dict[str, Any]]:
        params = {"max_results": "2"} | ({"pagination_token": token} if token else {})
        reply = await alice.call("GET", path, params=params)
        assert reply.status == 200, reply.body
        return [user["id"] for user in reply.body.get("data", [])], reply.body["meta"]

    ids = [person.id for person in reversed(seven)]
    shown, first = await page(None)
    assert (shown, "previous_token" in first) == (ids[1:3], False)
    _, second = await page(first["next_token"])
    shown, third = await page(second["next_token"])
    assert (shown, "next_token" in third) == (ids[5:7], False)
    await seven[6].follow(alice)
    alice.has_seen(seven[6])
    shown, back = await page(third["previous_token"])
    assert shown == ids[3:5]
    assert await page(back["next_token"]) == (ids[5:7], third)
    shown, back = await page(back["previous_token"])
    assert shown == ids[1:3]
    shown, back = await page(back["previous_token"])
    assert (shown, "previous_token" in back) == (ids[:1], False)
    assert (await page(back["next_token"]))[0] == ids[1:3]
    for person in seven[2:]:
        await person.unfollow(alice)
        alice.has_seen(person)
    shown, back = await page(second["previous_token"])
    assert (shown, "previous_token" in back) == ([], False)
    assert (await page(back["next_token"]))[0] == ids[5:7]


@pytest.mark.parametrize("what", ["liking_users", "bookmarks"])
async def test_marks_are_paged_both_ways(alice: Person, seven: list[Person], what: str) -> None:
    """Those of somebody who is blocked leave no hole either way."""
    marked = await alice.tweet("Liked by all")
    for person in seven:
        if what == "liking_users":
            person.has_seen(alice)
            await react(person, "likes", marked)
        else:
            tweet_id = await person.tweet("Bookmarked")
            await react(alice, "bookmarks", tweet_id)
        alice.has_seen(person)
    await alice.block(seven[3])
    path = (
        f"/2/tweets/{marked}/liking_users"
        if what == "liking_users"
        else f"/2/users/{alice.id}/bookmarks"
    )

    async def page(token: str | None) -> tuple[list[str], dict[str, Any]]:
        params = {"max_results": "2"} | ({"pagination_token": token} if token else {})
        params |= {"tweet.fields": "author_id"}
        reply = await alice.call("GET", path, params=params)
        assert reply.status == 200, reply.body
        found = [one.get("author_id", one["id"]) for one in reply.body.get("data", [])]
        return found, reply.body["meta"]

    ids = [person.id for person in reversed(seven) if person is not seven[3]]
    shown, first = await page(None)
    assert (shown, "previous_token" in first) == (ids[:2], False)
    shown, second = await page(first["next_token"])
    assert shown == ids[2:4]
    shown, third = await page(second["next_token"])
    assert (shown, "next_token" in third) == (ids[4:], False)
    shown, back = await page(third["previous_token"])
    assert shown == ids[2:4]
    assert (await page(back["next_token"]))[0] == ids[4:]
    shown, back = await page(back["previous_token"])
    assert (shown, "previous_token" in back) == (ids[:2], False)
    assert (await page(back["next_token"]))[0] == ids[2:4]
    shown, none = await page(second["previous_token"])
    assert (shown, "previous_token" in none) == (ids[:2], False)
    shown, empty = await page(token_before(MAX_ID - 1))
    assert (shown, "previous_token" in empty) == ([], False)
    assert (await page(empty["next_token"]))[0] == ids[:2]


async def test_a_token_of_what_is_newer_is_for_such_lists_only(
    alice: Person, seven: list[Person]
) -> None:
    for person in seven[:2]:
        await alice.follow(person)
    params = {"max_results": "1"}
    path = f"/2/users/{alice.id}/following"
    first = await alice.call("GET", path, params=params)
    params["pagination_token"] = first.body["meta"]["next_token"]
    second = await alice.call("GET", path, params=params)
    wrong = await alice.home(pagination_token=second.body["meta"]["previous_token"])
    assert_problem(wrong, 400, "none of ours")


async def test_a_last_page_that_is_full_has_no_token(alice: Person, seven: list[Person]) -> None:
    for person in seven[:4]:
        await alice.follow(person)
    pages = await alice.pages(f"/2/users/{alice.id}/following", max_results="2")
    assert [len(page) for page in pages] == [2, 2]


@pytest.mark.parametrize("size", ["1", "5", "23", "100"])
async def test_a_home_timeline_gives_each_tweet_once(
    alice: Person, bob: Person, carla: Person, size: str
) -> None:
    await alice.follow(bob)
    await alice.follow(carla)
    authors = itertools.cycle([bob, carla, alice])
    posted = [await next(authors).tweet(f"Swift {n}") for n in range(11)]
    alice.has_seen(bob)
    alice.has_seen(carla)
    pages = await alice.pages(alice.home_path, max_results=size)
    assert [tweet["id"] for page in pages for tweet in page] == posted[::-1]
    assert all(len(page) == int(size) for page in pages[:-1])


async def test_what_comes_while_paging_shifts_nothing(alice: Person) -> None:
    posted = [await alice.tweet(f"Swallow {n}") for n in range(6)]
    first = await alice.home(max_results="3")
    await alice.tweet("Martin")
    token = first.body["meta"]["next_token"]
    second = await alice.home(max_results="3", pagination_token=token)
    assert [tweet["id"] for tweet in [*first.data, *second.data]] == posted[::-1]


async def test_deleted_tweets_leave_no_hole_in_a_page(alice: Person) -> None:
    posted = [await alice.tweet(f"Gull {n}") for n in range(14)]
    for tweet_id in posted[2:12]:
        await alice.delete(tweet_id)
    kept = [*posted[:2], *posted[12:]][::-1]
    for path in (alice.home_path, f"/2/users/{alice.id}/tweets"):
        pages = await alice.pages(path, max_results="3")
        assert [[tweet["id"] for tweet in page] for page in pages] == [kept[:3], kept[3:]]


async def test_a_users_tweets_page_like_a_home_timeline(alice: Person, bob: Person) -> None:
    posted = [await alice.tweet(f"Rook {n}") for n in range(12)]
    bob.has_seen(alice)
    pages = await bob.pages(f"/2/users/{alice.id}/tweets", max_results="5")
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [tweet["id"] for page in pages for tweet in page] == posted[::-1]
