"""Tweets, threads and timelines as of an earlier time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.time_travel import as_then, moment
from schemas.ids import first_id_at, time_of
from schemas.tweets import Tweet, Version
from tests.person import Person, Reply

SHOWN = {
    "tweet.fields": "public_metrics,viewer,edit_controls,referenced_tweets,author_id",
    "expansions": "referenced_tweets.id,author_id",
    "user.fields": "public_metrics,created_at",
}


def texts(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [tweet["text"] for tweet in reply.body.get("data", [])]


def when(tweet: str) -> str:
    """The time at which it was made, to the millisecond."""
    at = datetime.fromtimestamp(time_of(int(tweet)) / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def edited(person: Person, tweet: str, text: str) -> str:
    """The id of the new version."""
    reply = await person.edit(tweet, text)
    assert reply.status == 201, reply.body
    return str(reply.data["edit_history_tweet_ids"][-1])


async def test_a_tweet_reads_as_it_did(alice: Person, bob: Person) -> None:
    tweet = await alice.tweet("A heron")
    second = await edited(alice, tweet, "A grey heron")
    bob.has_seen(alice)
    retweet = await bob.retweet(tweet)
    quote = await bob.tweet("Look", quote_tweet_id=tweet)
    third = await edited(alice, tweet, "A purple heron")
    bob.has_seen(alice)

    for as_of, text, versions in (
        (tweet, "A heron", [tweet]),
        (when(second), "A grey heron", [tweet, second]),
        (third, "A purple heron", [tweet, second, third]),
    ):
        data = (await bob.lookup(tweet, as_of=as_of, **SHOWN)).data
        assert (data["text"], data["edit_history_tweet_ids"]) == (text, versions)
        assert data["edit_controls"]["edits_remaining"] == 6 - len(versions)
        assert {"public_metrics", "viewer"}.isdisjoint(data)
    now = (await bob.lookup(tweet, **SHOWN)).data
    assert {"public_metrics", "viewer"} <= now.keys()

    shown = (await bob.lookup(quote, as_of=quote, **SHOWN)).body
    assert [t["text"] for t in shown["includes"]["tweets"]] == ["A grey heron"]
    assert all("public_metrics" not in user for user in shown["includes"]["users"])
    said = f"RT @{alice.username}: A grey heron"
    assert (await bob.lookup(retweet, as_of=quote)).data["text"] == said
    assert texts(await alice.user_tweets(bob, as_of=quote)) == ["Look", said]


async def test_a_thread_as_it_was(alice: Person, bob: Person) -> None:
    tweet = await alice.tweet("Which heron?")
    bob.has_seen(alice)
    first = await bob.reply(tweet, "Gray")
    below = await bob.reply(first, "I think")
    await edited(bob, first, "Grey")
    second = await bob.reply(tweet, "Or purple")
    await bob.reply(first, "No doubt")

    assert texts(await bob.replies(tweet, as_of=below)) == ["Gray", "I think"]
    assert texts(await bob.replies(tweet, as_of=when(second))) == ["Or purple", "Grey", "I think"]
    assert texts(await bob.replies(tweet, as_of=tweet)) == []
    page = await bob.replies(tweet, as_of=second, max_results="1")
    token = page.body["meta"]["next_token"]
    following = await bob.replies(tweet, as_of=below, pagination_token=token)
    assert texts(following) == ["Gray", "I think"]
    refused = await bob.replies(tweet, as_of=second, sort_order="likes")
    assert (refused.status, "sort_order" in refused.body["detail"]) == (400, True)


async def test_a_timeline_as_it_was(alice: Person) -> None:
    tweets = [await alice.tweet(f"Bird {n}") for n in range(3)]
    last = await edited(alice, tweets[0], "Bird zero")
    assert texts(await alice.user_tweets(alice, as_of=tweets[1])) == ["Bird 1", "Bird 0"]
    assert texts(await alice.user_tweets(alice, as_of=last)) == ["Bird 2", "Bird 1", "Bird zero"]
    within = await alice.user_tweets(alice, as_of=tweets[2], until_id=tweets[1])
    assert texts(within) == ["Bird 0"]
    page = await alice.user_tweets(alice, as_of=tweets[1], max_results="1")
    following = {"pagination_token": page.body["meta"]["next_token"]}
    assert texts(await alice.user_tweets(alice, as_of=tweets[1], **following)) == ["Bird 0"]
    assert texts(await alice.user_tweets(alice, as_of="2010-01-01T00:00:00Z")) == []


async def test_what_is_gone_now_was_never_there(alice: Person, bob: Person, carla: Person) -> None:
    gone, kept = await alice.tweet("A secret"), await alice.tweet("No secret")
    bob.has_seen(alice)
    reply, hidden = await bob.reply(kept, "Secret reply"), await bob.reply(kept, "Hidden reply")
    later = await bob.tweet("Later")
    await alice.delete(gone)
    await bob.delete(reply)
    alice.has_seen(bob)
    assert (await alice.hide(hidden)).status == 200
    bob.has_seen(alice)
    assert (await bob.lookup(gone, as_of=later)).status == 404
    assert texts(await bob.user_tweets(alice, as_of=gone)) == []
    assert texts(await bob.replies(kept, as_of=later)) == []

    carla.has_seen(bob)
    assert (await carla.lookup(kept, as_of=later)).status == 200
    await alice.block(carla)
    carla.has_seen(alice)
    assert (await carla.lookup(kept, as_of=later)).status == 403
    assert (await carla.replies(kept, as_of=later)).status == 403
    assert "data" not in (await carla.user_tweets(alice, as_of=later)).body


async def test_who_is_protected_now_was_never_for_everybody(
    alice: Person, bob: Person, carla: Person
) -> None:
    """Also where it was retweeted and quoted when all could read it."""
    tweet = await alice.tweet("For everybody")
    bob.has_seen(alice)
    retweet = await bob.retweet(tweet)
    quote = await bob.tweet("Look", quote_tweet_id=tweet)
    await bob.follow(alice)
    await alice.protect()
    for person in (bob, carla):
        person.has_seen(alice)
        person.has_seen(bob)

    assert (await bob.lookup(tweet, as_of=quote)).data["text"] == "For everybody"
    assert texts(await bob.user_tweets(alice, as_of=quote)) == ["For everybody"]

    assert (await carla.lookup(tweet, as_of=quote)).status == 403
    assert (await carla.replies(tweet, as_of=quote)).status == 403
    assert "data" not in (await carla.user_tweets(alice, as_of=quote)).body
    assert (await carla.lookup(retweet, as_of=quote)).status in {403, 404}
    shown = (await carla.lookup(quote, as_of=quote, **SHOWN)).body
    assert "tweets" not in shown.get("includes", {})
    assert texts(await carla.user_tweets(bob, as_of=quote)) == ["Look"]


async def test_times_that_make_no_sense(alice: Person) -> None:
    before = await alice.tweet("Before")
    tweet = await alice.tweet("A heron")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    wrong: dict[str, Any] = {
        "posted at": before,
        "future": tomorrow.isoformat().replace("+00:00", "Z"),
        "no time": "yesterday",
        "no id": "9" * 19,
    }
    for said, as_of in wrong.items():
        for ask in (alice.lookup, alice.replies):
            refused = await ask(tweet, as_of=as_of)
            assert (refused.status, said in refused.body["detail"]) == (400, True), refused.body
    late = str(first_id_at(int(tomorrow.timestamp() * 1000)))
    assert (await alice.user_tweets(alice, as_of=late)).status == 400
    assert (await alice.home(as_of=before)).status == 400


def test_a_time_takes_in_its_whole_millisecond() -> None:
    last = first_id_at(1_700_000_000_001) - 1
    assert moment("2023-11-14T22:13:20Z") == moment(str(last)) == last + 1
    assert moment(None) is None


def test_the_first_version_stays() -> None:
    versions = Version(5, "a", 0), Version(7, "b", 0)
    tweet = Tweet(5, 1, versions)
    assert [len(as_then(tweet, before).versions) for before in (3, 6, 7, 8)] == [1, 1, 1, 2]
