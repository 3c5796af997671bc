"""Likes and dislikes: one at most, counted exactly."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply

METRICS = {"tweet.fields": "public_metrics,viewer"}
NOTHING = {"liked": False, "disliked": False, "retweeted": False, "bookmarked": False}


async def react(who: Person, what: str, tweet_id: str, **headers: str) -> Reply:
    path = f"/2/users/{who.id}/{what}"
    return await who.call("POST", path, json={"tweet_id": tweet_id}, headers=headers)


async def take_back(who: Person, what: str, tweet_id: str) -> Reply:
    return await who.call("DELETE", f"/2/users/{who.id}/{what}/{tweet_id}")


async def counts(who: Person, tweet_id: str) -> dict[str, int]:
    """Without those that are 0."""
    shown = await who.lookup(tweet_id, **METRICS)
    return {name: count for name, count in shown.data["public_metrics"].items() if count}


async def ids(who: Person, path: str) -> list[str]:
    return [shown["id"] for shown in (await who.call("GET", path)).body.get("data", [])]


async def test_a_like_is_counted_listed_and_seen(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("A kingfisher")
    liked = await react(bob, "likes", tweet_id)
    assert (liked.status, liked.data) == (200, {"liked": True})
    shown = await bob.lookup(tweet_id, **METRICS)
    assert shown.data["public_metrics"] == {
        "retweet_count": 0, "repost_count": 0, "reply_count": 0, "like_count": 1,
        "dislike_count": 0, "quote_count": 0, "bookmark_count": 0, "impression_count": 0,
    }  # fmt: skip
    assert shown.data["viewer"] == NOTHING | {"liked": True}
    alice.has_seen(bob)
    assert (await alice.lookup(tweet_id, **METRICS)).data["viewer"] == NOTHING
    assert await ids(alice, f"/2/tweets/{tweet_id}/liking_users") == [bob.id]
    assert await ids(alice, f"/2/users/{bob.id}/liked_tweets") == [tweet_id]


async def test_like_dislike_and_neither(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("A heron")
    await react(bob, "likes", tweet_id)
    assert (await react(bob, "dislikes", tweet_id)).data == {"disliked": True}
    assert await counts(bob, tweet_id) == {"dislike_count": 1}
    assert await ids(bob, f"/2/tweets/{tweet_id}/liking_users") == []
    assert await ids(bob, f"/2/users/{bob.id}/disliked_tweets") == [tweet_id]
    assert (await take_back(bob, "likes", tweet_id)).data == {"liked": False}
    assert await counts(bob, tweet_id) == {"dislike_count": 1}
    assert (await take_back(bob, "dislikes", tweet_id)).data == {"disliked": False}
    assert await counts(bob, tweet_id) == {}
    await react(bob, "likes", tweet_id)
    await take_back(bob, "dislikes", tweet_id)
    assert await counts(bob, tweet_id) == {"like_count": 1}
    await take_back(bob, "likes", tweet_id)
    assert await counts(bob, tweet_id) == {}


async def test_double_clicks_and_retries_count_once(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("A grebe")
    clicks = await asyncio.gather(*(react(bob, "likes", tweet_id) for _ in range(8)))
    assert {(click.status, click.data["liked"]) for click in clicks} == {(200, True)}
    key = {"Idempotency-Key": "grebe"}
    first = await react(bob, "dislikes", tweet_id, **key)
    retried = await react(bob, "dislikes", tweet_id, **key)
    assert retried.position == first.position
    assert await counts(bob, tweet_id) == {"dislike_count": 1}


async def test_many_people_at_once(alice: Person, register: Register) -> None:
    tweet_id = await alice.tweet("A bittern")
    people = [await register("many") for _ in range(12)]

    async def busy(person: Person, number: int) -> None:
        await react(person, "likes", tweet_id)
        if number % 3 == 0:
            await react(person, "dislikes", tweet_id)
        if number % 4 == 0:
            await take_back(person, "likes", tweet_id)
        await react(person, "bookmarks", tweet_id)

    await asyncio.gather(*(busy(person, number) for number, person in enumerate(people)))
    for person in people:
        await counts(person, tweet_id)
    expected = {"like_count": 6, "dislike_count": 4, "bookmark_count": 12}
    assert await counts(alice, tweet_id) == expected
    path = f"/2/tweets/{tweet_id}/liking_users"
    pages = await alice.pages(path, max_results="4")
    assert [len(page) for page in pages] == [4, 2]


async def test_what_is_counted_beside_reactions(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("An osprey")
    reply_id = await bob.reply(tweet_id)
    await bob.reply(reply_id)
    quote_id = await bob.tweet("Look", quote_tweet_id=tweet_id)
    await react(bob, "likes", reply_id)
    assert await counts(bob, tweet_id) == {"reply_count": 1, "quote_count": 1}
    assert await counts(bob, reply_id) == {"reply_count": 1, "like_count": 1}
    fields = {"user.fields": "public_metrics"}
    metrics = (await bob.call("GET", "/2/users/me", params=fields)).data["public_metrics"]
    assert (metrics["tweet_count"], metrics["post_count"], metrics["like_count"]) == (3, 3, 1)
    await bob.delete(quote_id)
    await bob.delete(reply_id)
    assert await counts(bob, tweet_id) == {}
    metrics = (await bob.call("GET", "/2/users/me", params=fields)).data["public_metrics"]
    assert metrics["tweet_count"] == 1


async def test_counts_are_in_timelines_and_includes(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("A smew")
    await alice.tweet("See", quote_tweet_id=tweet_id)
    await react(alice, "likes", tweet_id)
    shown = await alice.user_tweets(
        alice, **METRICS | {"tweet.fields": "public_metrics,viewer,referenced_tweets",
                            "expansions": "referenced_tweets.id"}
    )  # fmt: skip
    newest, oldest = shown.data
    assert oldest["public_metrics"]["quote_count"] == 1
    assert oldest["viewer"]["liked"]
    assert not newest["viewer"]["liked"]
    (included,) = shown.body["includes"]["tweets"]
    assert included["public_metrics"]["like_count"] == 1


async def test_a_retweet_is_counted_and_shows_what_its_tweet_has(
    alice: Person, bob: Person
) -> None:
    tweet_id = await alice.tweet("A garganey")
    bob.has_seen(alice)
    retweet_id = await bob.retweet(tweet_id)
    await react(bob, "likes", retweet_id)
    assert await counts(bob, tweet_id) == {"retweet_count": 1, "repost_count": 1, "like_count": 1}
    shown = await bob.lookup(retweet_id, **METRICS)
    assert shown.data["public_metrics"]["like_count"] == 1
    assert shown.data["viewer"] == NOTHING | {"liked": True, "retweeted": True}
    assert await ids(bob, f"/2/tweets/{tweet_id}/retweeted_by") == [bob.id]
    await bob.undo_retweet(tweet_id)
    assert await counts(bob, tweet_id) == {"like_count": 1}
    assert await ids(bob, f"/2/tweets/{tweet_id}/retweeted_by") == []


async def test_what_is_not_there_cannot_be_liked(alice: Person, bob: Person) -> None:
    assert_problem(await react(bob, "likes", "7"), 404, "tweet 7")
    tweet_id = await alice.tweet("Gone")
    await alice.delete(tweet_id)
    bob.has_seen(alice)
    await bob.lookup(tweet_id)
    assert_problem(await react(bob, "dislikes", tweet_id), 404, tweet_id)
    assert_problem(await react(bob, "bookmarks", tweet_id), 404, tweet_id)
    path = f"/2/tweets/{tweet_id}/liking_users"
    assert_problem(await bob.call("GET", path), 404, tweet_id)


@pytest.mark.parametrize("what", ["likes", "dislikes", "bookmarks"])
async def test_a_mark_on_what_was_deleted_can_be_taken_back_once(
    alice: Person, bob: Person, what: str
) -> None:
    tweet_id = await alice.tweet("A crane")
    assert (await react(bob, what, tweet_id)).status == 200
    await alice.delete(tweet_id)
    bob.has_seen(alice)
    assert_problem(await bob.lookup(tweet_id), 404)
    other = "dislikes" if what == "likes" else "likes"
    for person, name in ((bob, other), (alice, what)):
        assert_problem(await take_back(person, name, tweet_id), 404, tweet_id)
    assert (await take_back(bob, what, tweet_id)).status == 200
    assert_problem(await take_back(bob, what, tweet_id), 404, tweet_id)
    shown = await bob.call("GET", "/2/users/me", params={"user.fields": "public_metrics"})
    assert shown.data["public_metrics"]["like_count"] == 0


async def test_nobody_acts_for_another(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Mine")
    body: Any = {"tweet_id": tweet_id}
    for what in ("likes", "dislikes", "bookmarks"):
        path = f"/2/users/{alice.id}/{what}"
        assert_problem(await bob.call("POST", path, json=body), 403, alice.id)
        assert_problem(await bob.call("DELETE", f"{path}/{tweet_id}"), 403, alice.id)
    assert_problem(await bob.call("GET", f"/2/users/{alice.id}/disliked_tweets"), 403, alice.id)
    assert_problem(await bob.call("GET", f"/2/users/{alice.id}/bookmarks"), 403, alice.id)


async def test_who_may_not_see_a_tweet_cannot_mark_it(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Not for bob")
    await react(bob, "likes", tweet_id)
    await alice.block(bob)
    bob.has_seen(alice)
    await bob.lookup(tweet_id)
    assert_problem(await react(bob, "dislikes", tweet_id), 403, "not authorized")
    path = f"/2/tweets/{tweet_id}/liking_users"
    assert_problem(await bob.call("GET", path), 403, "not authorized")
    assert (await take_back(bob, "likes", tweet_id)).status == 200
    alice.has_seen(bob)
    assert await counts(alice, tweet_id) == {}


async def test_the_liked_tweets_of_nobody_are_a_404(alice: Person) -> None:
    assert_problem(await alice.call("GET", "/2/users/7/liked_tweets"), 404, "user 7")
