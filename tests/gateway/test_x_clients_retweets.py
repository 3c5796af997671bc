"""Programs written for X retweet, undo it, and read who quotes."""

from xdk.users.models import RepostPostRequest

from tests.gateway.test_x_clients import gone, seen
from tests.person import Person
from tests.x_clients import Tweepy, Xdk


async def test_tweepy_retweets_and_undoes_it(
    alice: Person, bob: Person, with_tweepy: Tweepy
) -> None:
    tweet = await bob.tweet("By bob")
    alice.has_seen(bob)
    made = await with_tweepy("retweet", tweet, user_auth=False)
    assert made.data["retweeted"] is True
    retweet = made.data["rest_id"]
    await seen(alice, retweet)
    home = await with_tweepy(
        "get_home_timeline",
        user_auth=False,
        expansions=["referenced_tweets.id", "author_id"],
        tweet_fields=["referenced_tweets"],
    )
    (shown,) = home.data
    assert shown.text == f"RT @{bob.username}: By bob"
    assert [(r.type, str(r.id)) for r in shown.referenced_tweets] == [("retweeted", tweet)]
    assert [str(original.id) for original in home.includes["tweets"]] == [tweet]
    without = await with_tweepy("get_home_timeline", user_auth=False, exclude=["retweets"])
    assert without.data is None
    undone = await with_tweepy("unretweet", tweet, user_auth=False)
    assert undone.data == {"retweeted": False}
    await gone(alice, retweet)


async def test_tweepy_pages_through_quotes(alice: Person, with_tweepy: Tweepy) -> None:
    tweet = await alice.tweet("Quote me")
    quotes = [await alice.tweet(f"Quote {n}", quote_tweet_id=tweet) for n in range(12)]
    await seen(alice, quotes[-1])
    pages = await with_tweepy.pages("get_quote_tweets", tweet, max_results=10)
    assert [str(quote.id) for page in pages for quote in page] == quotes[::-1]
    assert [len(page) for page in pages] == [10, 2]


async def test_xdk_retweets_and_undoes_it(alice: Person, bob: Person, with_xdk: Xdk) -> None:
    tweet = await bob.tweet("By bob")
    alice.has_seen(bob)
    made = await with_xdk("users", "repost_post", alice.id, body=RepostPostRequest(tweet_id=tweet))
    assert made.data.retweeted is True
    await seen(alice, made.data.rest_id)
    (page,) = await with_xdk.pages(
        "users",
        "get_timeline",
        alice.id,
        post_fields=["referenced_posts", "author_id"],
        expansions=["referenced_posts"],
    )
    (shown,) = page
    assert shown.text == f"RT @{bob.username}: By bob"
    assert [(r.type, r.id) for r in shown.referenced_posts] == [("retweeted", tweet)]
    undone = await with_xdk("users", "unrepost_post", alice.id, tweet)
    assert undone.data.retweeted is False
    await gone(alice, made.data.rest_id)


async def test_xdk_pages_through_quotes_and_reposts(
    alice: Person, bob: Person, with_xdk: Xdk
) -> None:
    tweet = await alice.tweet("Quote me")
    quotes = [await alice.tweet(f"Quote {n}", quote_tweet_id=tweet) for n in range(3)]
    retweet = await alice.retweet(tweet)
    bob.has_seen(alice)
    repeated = await bob.retweet(tweet)
    alice.has_seen(bob)
    for listing in ("quote_tweets", "retweets"):  # waits until the views have them
        assert (await alice.call("GET", f"/2/tweets/{tweet}/{listing}")).status == 200
    pages = await with_xdk.pages("posts", "get_quoted", tweet, max_results=10)
    assert [quote.id for page in pages for quote in page] == quotes[::-1]
    pages = await with_xdk.pages("posts", "get_reposts", tweet, max_results=10)
    assert [post.id for page in pages for post in page] == [repeated, retweet]
