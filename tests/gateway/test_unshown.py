"""Tweets that others refer to and that cannot be shown beside them."""

from tests.person import Person, Reply
from tests.x_clients import Tweepy, Xdk

PROBLEMS = "https://api.x.com/2/problems"
EXPANDED = {"expansions": "referenced_tweets.id"}


def told(reply: Reply) -> list[tuple[str, str, str, str]]:
    return [
        (error["resource_id"], error["type"], error["parameter"], error["section"])
        for error in reply.body.get("errors", [])
    ]


async def test_what_is_not_there_or_not_to_be_seen_is_an_error_beside_what_is(
    alice: Person, bob: Person, carla: Person
) -> None:
    deleted, kept, guarded = [await alice.tweet(text) for text in ("Gone", "Here", "Hers")]
    bob.has_seen(alice)
    quotes = [await bob.tweet("See", quote_tweet_id=tweet) for tweet in (deleted, kept)]
    answer = await bob.reply(deleted)
    await alice.delete(deleted)
    bob.has_seen(alice)
    gone = (deleted, f"{PROBLEMS}/resource-not-found", "referenced_tweets.id", "includes")
    alone = await bob.lookup(quotes[0], **EXPANDED)
    assert (alone.status, told(alone)) == (200, [gone])
    assert told(await bob.lookup(quotes[0])) == []
    timeline = await bob.user_tweets(bob, **EXPANDED)
    assert [tweet["id"] for tweet in timeline.data] == [answer, *quotes[::-1]]
    assert [tweet["id"] for tweet in timeline.body["includes"]["tweets"]] == [kept]
    assert told(timeline) == [gone]
    other = await bob.lookup(answer, expansions="referenced_posts")
    assert told(other) == [(deleted, gone[1], "referenced_posts", "includes")]

    quote = await bob.tweet("She says", quote_tweet_id=guarded)
    await alice.protect()
    for person in (alice, bob):
        carla.has_seen(person)
    several = await carla.call(
        "GET", "/2/tweets", params={"ids": f"{quote},{quotes[0]}", **EXPANDED}
    )
    hidden = (guarded, f"{PROBLEMS}/not-authorized-for-resource", *gone[2:])
    assert told(several) == [hidden, gone]
    assert "includes" not in several.body


async def test_clients_of_x_read_such_errors(
    alice: Person, with_tweepy: Tweepy, with_xdk: Xdk
) -> None:
    deleted = await alice.tweet("Gone")
    quote = await alice.tweet("See", quote_tweet_id=deleted)
    await alice.delete(deleted)
    assert told(await alice.lookup(quote, **EXPANDED))
    found = await with_tweepy("get_tweet", quote, expansions="referenced_tweets.id")
    assert (str(found.data.id), found.includes) == (quote, {})
    assert [error["resource_id"] for error in found.errors] == [deleted]
    shown = await with_xdk("posts", "get_by_id", quote, expansions=["referenced_posts"])
    assert [error.resource_id for error in shown.errors] == [deleted]
