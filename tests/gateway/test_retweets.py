"""Retweets: made, shown, undone."""

import asyncio

import pytest

from gateway import feeds
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.person import Person

FIELDS = {"tweet.fields": "author_id,referenced_tweets,created_at,entities,conversation_id"}
WAYS = pytest.mark.parametrize("way", ["by the retweet's id", "as a tweet"])


async def test_a_retweet_reaches_the_followers_as_a_tweet_of_its_own(
    alice: Person, bob: Person, carla: Person
) -> None:
    tweet = await carla.tweet("Bittern at the #weir")
    await alice.follow(bob)
    bob.has_seen(carla)
    retweet = await bob.retweet(tweet)
    alice.has_seen(bob)
    home = await alice.home(expansions="author_id,referenced_tweets.id.author_id", **FIELDS)
    (shown,) = home.data
    assert shown["id"] == retweet
    assert shown["text"] == f"RT @{carla.username}: Bittern at the #weir"
    assert shown["author_id"] == bob.id
    assert shown["conversation_id"] == retweet
    assert shown["edit_history_tweet_ids"] == [retweet]
    assert shown["referenced_tweets"] == [{"type": "retweeted", "id": tweet}]
    assert [hashtag["tag"] for hashtag in shown["entities"]["hashtags"]] == ["weir"]
    assert [original["id"] for original in home.body["includes"]["tweets"]] == [tweet]
    assert {user["id"] for user in home.body["includes"]["users"]} == {bob.id, carla.id}
    assert (await alice.lookup(retweet, **FIELDS)).data == shown
    assert [t["id"] for t in (await alice.user_tweets(bob)).data] == [retweet]


async def test_a_retweet_is_read_the_same_without_redis_lists(alice: Person, bob: Person) -> None:
    posted = [await bob.tweet(f"Redstart {n}") for n in range(3)]
    alice.has_seen(bob)
    retweets = [await alice.retweet(tweet) for tweet in posted]
    own = await alice.tweet("Mine")
    expected = [own, *retweets[::-1]]
    assert [t["id"] for t in (await alice.user_tweets(alice)).data] == expected
    pages = await alice.pages(f"/2/users/{alice.id}/tweets", max_results="1")
    assert [t["id"] for page in pages for t in page] == expected


async def test_an_edit_shows_in_the_retweet(alice: Person, bob: Person) -> None:
    tweet = await bob.tweet("Marsh tit")
    alice.has_seen(bob)
    retweet = await alice.retweet(tweet)
    await bob.edit(tweet, "Willow tit")
    alice.has_seen(bob)
    (shown,) = (await alice.home()).data
    assert (shown["id"], shown["text"]) == (retweet, f"RT @{bob.username}: Willow tit")


async def test_retweeting_again_changes_nothing(alice: Person, bob: Person) -> None:
    tweet = await bob.tweet("Twite")
    alice.has_seen(bob)
    first = await alice.retweet(tweet)
    assert await alice.retweet(tweet) == first
    assert set(await asyncio.gather(*(alice.retweet(tweet) for _ in range(5)))) == {first}
    assert await alice.retweet(first) == first
    assert await alice.home_ids() == [first]


async def test_an_undone_retweet_is_gone_and_may_come_again(
    alice: Person, bob: Person, carla: Person
) -> None:
    tweet = await carla.tweet("Wryneck")
    await alice.follow(bob)
    bob.has_seen(carla)
    first = await bob.retweet(tweet)
    alice.has_seen(bob)
    assert await alice.home_ids() == [first]
    assert (await bob.undo_retweet(tweet)).data == {"retweeted": False}
    alice.has_seen(bob)
    assert await alice.home_ids() == []
    assert_problem(await alice.lookup(first), 404, first)
    assert "data" not in (await alice.user_tweets(bob)).body
    second = await bob.retweet(tweet)
    alice.has_seen(bob)
    assert second != first
    assert await alice.home_ids() == [second]
    assert [t["id"] for t in (await alice.user_tweets(bob)).data] == [second]


@WAYS
async def test_a_retweet_is_undone_by_its_own_id_too(alice: Person, way: str) -> None:
    tweet = await alice.tweet("Smew")
    retweet = await alice.retweet(tweet)
    reply = await (alice.delete(retweet) if way == "as a tweet" else alice.undo_retweet(retweet))
    assert reply.status == 200, reply.body
    assert await alice.home_ids() == [tweet]
    assert_problem(await alice.lookup(retweet), 404, retweet)


@WAYS
async def test_a_retweet_of_a_deleted_tweet_is_undone_by_its_own_id_too(
    alice: Person, bob: Person, carla: Person, way: str
) -> None:
    tweet = await carla.tweet("Scaup")
    bob.has_seen(carla)
    retweet = await bob.retweet(tweet)
    await carla.delete(tweet)
    bob.has_seen(carla)
    assert_problem(await bob.lookup(tweet), 404, tweet)
    assert await bob.posts() == 1
    refused = await (alice.delete(retweet) if way == "as a tweet" else alice.undo_retweet(retweet))
    assert refused.status == (403 if way == "as a tweet" else 404)
    reply = await (bob.delete(retweet) if way == "as a tweet" else bob.undo_retweet(retweet))
    assert reply.status == 200, reply.body
    assert await bob.posts() == 0
    assert_problem(await bob.delete(retweet), 404, retweet)


async def test_undoing_what_was_never_done_is_no_error(alice: Person, bob: Person) -> None:
    tweet = await bob.tweet("Gadwall")
    alice.has_seen(bob)
    assert (await alice.undo_retweet(tweet)).data == {"retweeted": False}
    assert_problem(await alice.undo_retweet("7"), 404, "7")


async def test_a_deleted_tweet_takes_its_retweets_along(
    alice: Person, bob: Person, carla: Person
) -> None:
    tweet = await carla.tweet("Garganey")
    await alice.follow(bob)
    bob.has_seen(carla)
    retweet = await bob.retweet(tweet)
    await carla.delete(tweet)
    for reader in (alice, bob):
        reader.has_seen(bob)
        reader.has_seen(carla)
        assert await reader.home_ids() == []
        assert_problem(await reader.lookup(retweet), 404, retweet)
        assert "data" not in (await reader.user_tweets(bob)).body
    assert (await bob.undo_retweet(tweet)).data == {"retweeted": False}


async def test_a_tweet_is_shown_once_among_forty(register: Register, alice: Person) -> None:
    friends = [await register(name) for name in ("dora", "emil", "fritz")]
    for friend in friends:
        await alice.follow(friend)
    dora, emil, fritz = friends
    tweet = await dora.tweet("Once is enough")
    emil.has_seen(dora)
    fritz.has_seen(dora)
    first = await emil.retweet(tweet)
    between = [await dora.tweet(f"Knot {n}") for n in range(40)]
    second = await fritz.retweet(tweet)
    for friend in friends:
        alice.has_seen(friend)
    expected = [second, *between[::-1], tweet]
    assert await alice.home_ids() == expected
    assert first not in expected
    pages = await alice.pages(alice.home_path, max_results="7")
    assert [t["id"] for page in pages for t in page] == expected
    without = await alice.home(max_results="100", exclude="retweets")
    assert [t["id"] for t in without.data] == [*between[::-1], tweet]
    await dora.delete(between[0])
    await fritz.undo_retweet(tweet)
    third = await fritz.retweet(tweet)
    for friend in friends:
        alice.has_seen(friend)
    assert await alice.home_ids() == [third, *between[:0:-1], tweet]


async def test_a_repetition_shows_when_what_it_repeats_is_gone(
    alice: Person, bob: Person, carla: Person, register: Register
) -> None:
    stranger = await register("eve")
    tweet = await stranger.tweet("Hoopoe")
    for friend in (bob, carla):
        await alice.follow(friend)
        friend.has_seen(stranger)
    first, second = await bob.retweet(tweet), await carla.retweet(tweet)
    for friend in (bob, carla):
        alice.has_seen(friend)
    assert await alice.home_ids() == [first]
    assert first < second
    await bob.undo_retweet(tweet)
    alice.has_seen(bob)
    assert await alice.home_ids() == [second]


async def test_excluded_retweets_leave_full_pages(alice: Person, bob: Person) -> None:
    tweets = [await bob.tweet(f"Serin {n}") for n in range(4)]
    alice.has_seen(bob)
    own = []
    for tweet in tweets:
        own.append(await alice.tweet("Mine"))
        await alice.retweet(tweet)
    for path in (alice.home_path, f"/2/users/{alice.id}/tweets"):
        pages = await alice.pages(path, max_results="2", exclude="retweets,replies")
        assert [[t["id"] for t in page] for page in pages] == [own[:1:-1], own[1::-1]]


async def test_replies_stand_in_a_users_timeline_unless_excluded(
    alice: Person, bob: Person
) -> None:
    tweet = await bob.tweet("Where?")
    alice.has_seen(bob)
    first = await alice.tweet("Mine")
    reply = await alice.reply(tweet)
    last = await alice.tweet("Mine again")
    everything = await alice.pages(f"/2/users/{alice.id}/tweets", max_results="2")
    assert [t["id"] for page in everything for t in page] == [last, reply, first]
    without = await alice.user_tweets(alice, exclude="replies")
    assert [t["id"] for t in without.data] == [last, first]


async def test_what_cannot_be_retweeted(alice: Person, bob: Person) -> None:
    path = f"/2/users/{alice.id}/retweets"
    assert_problem(await alice.call("POST", path, json={"tweet_id": "7"}), 404, "7")
    assert_problem(await alice.call("POST", path, json={"tweet_id": "x"}), 400, "tweet_id")
    others = f"/2/users/{bob.id}/retweets"
    assert_problem(await alice.call("POST", others, json={"tweet_id": "7"}), 403, bob.id)
    assert_problem(await alice.call("DELETE", f"{others}/7"), 403, bob.id)


async def test_a_retweet_tells_who_may_answer_what_it_shows(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet(f"A word, @{bob.username}", reply_settings="mentionedUsers")
    bob.has_seen(alice)
    answer = await bob.reply(root)
    carla.has_seen(bob)
    retweets = [await carla.retweet(tweet) for tweet in (root, answer)]
    fields = {"tweet.fields": "reply_settings"}
    for retweet in retweets:
        assert (await carla.lookup(retweet, **fields)).data["reply_settings"] == "mentionedUsers"
    timeline = (await carla.user_tweets(carla, **fields)).data
    assert [tweet["reply_settings"] for tweet in timeline] == ["mentionedUsers"] * 2
    body = {"text": "May I?", "reply": {"in_reply_to_tweet_id": retweets[0]}}
    assert_problem(await carla.call("POST", "/2/tweets", json=body), 403, "limited who may reply")


async def test_a_retweet_has_no_text_to_edit(alice: Person) -> None:
    retweet = await alice.retweet(await alice.tweet("Ruff"))
    assert_problem(await alice.edit(retweet, "Reeve"), 403, retweet)
    shown = await alice.lookup(retweet, **{"tweet.fields": "edit_controls"})
    assert shown.data["edit_controls"]["is_edit_eligible"] is False


async def test_quotes_of_a_tweet_are_listed(alice: Person, bob: Person, carla: Person) -> None:
    tweet = await alice.tweet("Which gull?")
    retweet = await alice.retweet(tweet)
    bob.has_seen(alice)
    first = await bob.tweet("Caspian", quote_tweet_id=tweet)
    through_retweet = await bob.tweet("Or not", quote_tweet_id=retweet)
    reply = await bob.reply(tweet, "In a reply", quote_tweet_id=tweet)
    gone = await bob.tweet("Yellow-legged", quote_tweet_id=tweet)
    await bob.delete(gone)
    carla.has_seen(bob)
    path = f"/2/tweets/{tweet}/quote_tweets"
    pages = await carla.pages(path, max_results="2", **FIELDS)
    shown = [quote for page in pages for quote in page]
    assert [quote["id"] for quote in shown] == [reply, through_retweet, first]
    assert {"type": "quoted", "id": tweet} in shown[1]["referenced_tweets"]
    through = await carla.call("GET", f"/2/tweets/{retweet}/quote_tweets")
    assert [quote["id"] for quote in through.data] == [reply, through_retweet, first]
    without = await carla.call("GET", path, params={"exclude": "replies"})
    assert [quote["id"] for quote in without.data] == [through_retweet, first]
    assert_problem(await carla.call("GET", "/2/tweets/7/quote_tweets"), 404, "7")


async def test_a_page_of_quotes_is_short_where_little_of_much_can_be_shown(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "TRIPS", 2)
    tweet = await alice.tweet("Which wader?")
    bob.has_seen(alice)
    kept = await bob.tweet("Knot", quote_tweet_id=tweet)
    for number in range(20):
        await bob.delete(await bob.tweet(f"Stint {number}", quote_tweet_id=tweet))
    pages = await bob.pages(f"/2/tweets/{tweet}/quote_tweets", max_results="1")
    assert [[quote["id"] for quote in page] for page in pages] == [[], [], [kept]]


async def test_retweets_of_a_tweet_are_listed(alice: Person, bob: Person, carla: Person) -> None:
    tweet = await alice.tweet("Which tern?")
    retweets = []
    for person in (bob, carla, alice):
        person.has_seen(alice)
        retweets.append(await person.retweet(tweet))
        alice.has_seen(person)
    await bob.undo_retweet(tweet)
    alice.has_seen(bob)
    pages = await alice.pages(f"/2/tweets/{tweet}/retweets", max_results="1")
    assert [t["id"] for page in pages for t in page] == retweets[:0:-1]
    through = await alice.call("GET", f"/2/tweets/{retweets[1]}/retweets")
    assert [t["id"] for t in through.data] == retweets[:0:-1]
