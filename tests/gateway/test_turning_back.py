"""Pages of tweets are turned back to as they were, whatever came since."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cursors import BACK, Start, neighbours, start_of, token_after
from gateway.problems import Problem
from schemas.ids import MAX_ID
from tests.gateway.problems import assert_problem
from tests.gateway.test_search import fresh_word
from tests.person import Person

Asked = tuple[str, dict[str, str]]

WORD = fresh_word("turned")

READS: dict[str, Callable[[Person, Person, str], Asked]] = {
    "home": lambda bob, alice, root: (bob.home_path, {"since_id": root}),
    "tweets of a user": lambda bob, alice, root: (f"/2/users/{alice.id}/tweets", {}),
    "mentions": lambda bob, alice, root: (f"/2/users/{bob.id}/mentions", {}),
    "quotes": lambda bob, alice, root: (f"/2/tweets/{root}/quote_tweets", {}),
    "notifications": lambda bob, alice, root: (f"/2/users/{bob.id}/notifications", {}),
    "search": lambda bob, alice, root: ("/2/tweets/search/recent", {"query": f"{WORD}{root}"}),
}


@pytest.mark.parametrize("read", READS)
async def test_pages_are_turned_back_to(alice: Person, bob: Person, read: str) -> None:
    await bob.follow(alice)
    alice.has_seen(bob)
    root = await bob.tweet("Quoted")
    path, params = READS[read](bob, alice, root)
    size = 10 if read == "search" else 2

    async def write(number: int) -> str:
        text = f"@{bob.username} {WORD}{root} {number}"
        tweet_id = await alice.tweet(text, quote_tweet_id=root)
        bob.has_seen(alice)
        return tweet_id

    async def page(token: str | None) -> tuple[list[str], dict[str, Any]]:
        turned = {"pagination_token": token} if token else {}
        reply = await bob.call("GET", path, params={**params, "max_results": str(size), **turned})
        assert reply.status == 200, reply.body
        return [one["id"] for one in reply.body.get("data", [])], reply.body["meta"]

    written = [await write(number) for number in range(2 * size + 1)]
    first, meta = await page(None)
    assert "previous_token" not in meta
    second, meta = await page(meta["next_token"])
    forward = meta["next_token"]
    third, meta = await page(forward)
    assert [len(first), len(second)] == [size, size]
    if read != "notifications":
        assert [*first, *second, *third] == written[::-1]
    newest = await write(2 * size + 1)
    shown, back = await page(meta["previous_token"])
    assert shown == second
    assert (await page(back["next_token"]))[0] == third
    shown, back = await page(back["previous_token"])
    assert (shown, "previous_token" in back) == (first, False)
    assert (await page(back["next_token"]))[0] == second
    await alice.delete(newest)
    bob.has_seen(alice)
    assert (await page(forward))[0] == third


places = st.integers(0, MAX_ID)


@given(places, st.lists(places, max_size=BACK))
def test_a_token_says_where_its_page_begins_and_those_before(
    before: int, earlier: list[int]
) -> None:
    token = token_after(before, *earlier)
    assert token.isascii()
    assert len(token) <= 400
    assert start_of(token) == Start(before, tuple(earlier))


@given(st.lists(places, min_size=1, max_size=3 * BACK, unique=True))
def test_as_many_pages_as_a_token_holds_are_turned_back(ids: list[int]) -> None:
    """A tweet a page."""
    ids = sorted(ids, reverse=True)
    token = None
    for shown in ids:
        start = start_of(token)
        assert start.before >= shown
        token = neighbours(start, shown, shown).following
    for shown in ids[: -1 - BACK : -1]:
        token = neighbours(start_of(token), None, None).previous
        assert token is not None
        assert start_of(token).before == min(shown + 1, MAX_ID)
    assert len(start_of(token).earlier) == 0
    assert neighbours(start_of(token), None, None).previous is None


@pytest.mark.parametrize("size", [0, 7, 9, 8 * (BACK + 2)])
def test_what_is_no_chain_of_places_is_refused(size: int) -> None:
    with pytest.raises(Problem, match="none of ours"):
        start_of(token_after(1, *[1] * (size // 8)) if size > 9 else "A" * size)


async def test_a_nested_token_is_refused(alice: Person) -> None:
    nested = b"\x96\xa0\x00\xcb" + bytes(8) + b"\x00\x00" + b"\x91" * 1_400 + b"\xc0"
    token = base64.urlsafe_b64encode(nested).decode().rstrip("=")
    params = {"query": "a", "sort_order": "relevancy", "next_token": token}
    reply = await alice.call("GET", "/2/tweets/search/recent", params=params)
    assert_problem(reply, 400, "none of ours")
