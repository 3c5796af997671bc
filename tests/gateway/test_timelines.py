"""Home and user timelines."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway import timelines
from projections import generations
from projections.stores import Stores
from projections.timelines import Home, Timelines
from projections.timelines.keys import Keys
from tests.gateway.problems import assert_problem
from tests.person import Person


async def test_a_home_timeline_holds_ones_own_and_ones_followees_tweets(
    alice: Person, bob: Person, carla: Person
) -> None:
    await alice.follow(bob)
    own = await alice.tweet("Mine")
    followed = await bob.tweet("Bob's")
    await carla.tweet("Carla's, whom nobody follows")
    alice.has_seen(bob)
    alice.has_seen(carla)
    home = await alice.home()
    assert [tweet["id"] for tweet in home.data] == [followed, own]
    assert home.body["meta"] == {"result_count": 2, "newest_id": followed, "oldest_id": own}


async def test_an_empty_timeline_has_no_data(alice: Person) -> None:
    for reply in (await alice.home(), await alice.user_tweets(alice)):
        assert (reply.status, reply.body) == (200, {"meta": {"result_count": 0}})


async def test_an_empty_timeline_includes_nothing(alice: Person) -> None:
    reply = await alice.home(expansions="author_id,referenced_tweets.id")
    assert reply.body == {"meta": {"result_count": 0}}


async def test_since_and_until_bound_both_timelines(alice: Person) -> None:
    posted = [await alice.tweet(f"Tern {n}") for n in range(6)]
    bounds = {"since_id": posted[1], "until_id": posted[4]}
    for reply in (await alice.home(**bounds), await alice.user_tweets(alice, **bounds)):
        assert [tweet["id"] for tweet in reply.data] == [posted[3], posted[2]]


async def test_bounds_hold_over_pages(alice: Person) -> None:
    posted = [await alice.tweet(f"Snipe {n}") for n in range(8)]
    pages = await alice.pages(alice.home_path, max_results="2", since_id=posted[2])
    assert [tweet["id"] for page in pages for tweet in page] == posted[:2:-1]


async def test_times_bound_a_timeline(alice: Person) -> None:
    posted = [await alice.tweet(f"Dipper {n}") for n in range(3)]
    created = (await alice.lookup(posted[1], **{"tweet.fields": "created_at"})).data["created_at"]
    since = await alice.home(start_time=created)
    assert [tweet["id"] for tweet in since.data] == [posted[2], posted[1]]
    until = await alice.home(end_time=created)
    assert [tweet["id"] for tweet in until.data] == [posted[0]]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    late = await alice.home(start_time=f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}")
    assert late.body == {"meta": {"result_count": 0}}


async def test_max_results_bounds_a_page(alice: Person) -> None:
    posted = [await alice.tweet(f"Teal {n}") for n in range(4)]
    home = await alice.home(max_results="2")
    assert [tweet["id"] for tweet in home.data] == posted[:1:-1]
    assert home.body["meta"]["next_token"]


async def test_a_deleted_tweet_disappears(alice: Person, bob: Person) -> None:
    await alice.follow(bob)
    kept, gone = await bob.tweet("Kept"), await bob.tweet("Gone")
    alice.has_seen(bob)
    assert await alice.home_ids() == [gone, kept]
    await bob.delete(gone)
    alice.has_seen(bob)
    assert await alice.home_ids() == [kept]
    assert [t["id"] for t in (await alice.user_tweets(bob)).data] == [kept]


async def test_an_edit_shows_its_new_text_everywhere(alice: Person, bob: Person) -> None:
    await alice.follow(bob)
    tweet_id = await bob.tweet("Marsh tit")
    alice.has_seen(bob)
    await alice.home()
    await bob.edit(tweet_id, "Willow tit")
    alice.has_seen(bob)
    for reply in (await alice.home(), await alice.user_tweets(bob)):
        (shown,) = reply.data
        assert (shown["id"], shown["text"]) == (tweet_id, "Willow tit")
        assert len(shown["edit_history_tweet_ids"]) == 2


async def test_a_follow_brings_older_tweets_and_an_unfollow_takes_them(
    alice: Person, bob: Person
) -> None:
    before = await bob.tweet("Before the follow")
    own = await alice.tweet("Alice's own")
    alice.has_seen(bob)
    assert await alice.home_ids() == [own]
    await alice.follow(bob)
    assert await alice.home_ids() == [own, before]
    after = await bob.tweet("After it")
    alice.has_seen(bob)
    assert await alice.home_ids() == [after, own, before]
    await alice.unfollow(bob)
    assert await alice.home_ids() == [own]
    await alice.follow(bob)
    assert await alice.home_ids() == [after, own, before]


async def test_a_users_tweets_go_on_where_the_cache_ends(alice: Person, stores: Stores) -> None:
    posted = [await alice.tweet(f"Plover {n}") for n in range(9)]
    await alice.user_tweets(alice)
    at = await generations.current(stores.postgres)
    kept = Keys(at["timelines"]).author(int(alice.id))
    await stores.redis.ltrim(kept, 0, 3)
    assert await stores.redis.llen(kept) == 4
    whole = await alice.user_tweets(alice, max_results="9")
    assert [tweet["id"] for tweet in whole.data] == posted[::-1]
    pages = await alice.pages(f"/2/users/{alice.id}/tweets", max_results="3")
    assert [tweet["id"] for page in pages for tweet in page] == posted[::-1]


async def test_a_post_that_comes_while_a_page_is_read_shows_no_tweet_twice(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of the page's first entries are deleted, so that its end is read again with more."""
    monkeypatch.setattr(timelines, "LOOK_BACK", 2)
    posted = [await alice.tweet(f"Wigeon {n}") for n in range(12)]
    await alice.home()
    for tweet_id in posted[8:]:
        await alice.delete(tweet_id)
    read, calls = Timelines.home, list[str]()

    async def home(self: Timelines, user: int, *, before: int, limit: int, retweets: bool) -> Home:
        calls.append("read")
        if len(calls) == 2:
            calls.append(await alice.tweet("Wigeon, meanwhile"))
            await alice.home(max_results="1")
        return await read(self, user, before=before, limit=limit, retweets=retweets)

    monkeypatch.setattr(Timelines, "home", home)
    page = await alice.home(max_results="2")
    assert len(calls) > 2
    assert [tweet["id"] for tweet in page.data] == posted[7:5:-1]


async def test_timelines_carry_fields_and_expansions(alice: Person, bob: Person) -> None:
    await alice.follow(bob)
    tweet_id = await bob.tweet("Quoted")
    quote = await alice.tweet("Quoting", quote_tweet_id=tweet_id)
    alice.has_seen(bob)
    home = await alice.home(
        expansions="author_id,referenced_tweets.id",
        **{"tweet.fields": "author_id,created_at", "user.fields": "public_metrics"},
    )
    assert [tweet["author_id"] for tweet in home.data] == [alice.id, bob.id]
    users = {user["id"]: user for user in home.body["includes"]["users"]}
    assert users[bob.id]["public_metrics"]["followers_count"] == 1
    assert [tweet["id"] for tweet in home.body["includes"]["tweets"]] == [tweet_id]
    assert home.body["meta"]["newest_id"] == quote


async def test_a_home_timeline_is_for_its_owner_only(alice: Person, bob: Person) -> None:
    assert_problem(await alice.call("GET", bob.home_path), 403, bob.id)


async def test_the_tweets_of_somebody_who_is_not_there_are_404(alice: Person) -> None:
    assert_problem(await alice.call("GET", "/2/users/7/tweets"), 404, "user 7")
