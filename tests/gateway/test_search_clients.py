"""Search as programs written for X do it."""

from typing import Any

import pytest

from tests.gateway.test_search import found, fresh_word
from tests.person import Person
from tests.x_clients import Tweepy, Xdk


async def twelve(author: Person, word: str) -> list[str]:
    """The ids of tweets with the word, newest first, when all of them are found."""
    tweets = [await author.tweet(f"{word} {number}") for number in range(12)][::-1]
    assert await found(author, word) == tweets[:10]
    return tweets


@pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated")
async def test_tweepy_searches_counts_and_pages(alice: Person, with_tweepy: Tweepy) -> None:
    word = fresh_word()
    tweets = await twelve(alice, word)
    answer = await with_tweepy(
        "search_recent_tweets", word, max_results=10, tweet_fields=["created_at", "author_id"]
    )
    assert [str(tweet.id) for tweet in answer.data] == tweets[:10]
    assert answer.meta["newest_id"] == tweets[0]
    pages = await with_tweepy.pages("search_recent_tweets", word, max_results=10)
    assert [str(tweet.id) for page in pages for tweet in page] == tweets
    pages = await with_tweepy.pages(
        "search_recent_tweets", word, max_results=10, sort_order="relevancy"
    )
    assert sorted(str(tweet.id) for page in pages for tweet in page) == sorted(tweets)
    counts = await with_tweepy("get_recent_tweets_count", word, granularity="day")
    assert counts.meta["total_tweet_count"] == 12
    pages = await with_tweepy.pages("get_recent_tweets_count", word, granularity="minute")
    assert sum(bucket["tweet_count"] for page in pages for bucket in page) == 12


@pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated")
async def test_tweepy_searches_and_counts_all(alice: Person, with_tweepy: Tweepy) -> None:
    word = fresh_word()
    tweets = await twelve(alice, word)
    pages = await with_tweepy.pages("search_all_tweets", word, max_results=10)
    assert [[str(tweet.id) for tweet in page] for page in pages] == [tweets[:10], tweets[10:]]
    answer = await with_tweepy("search_all_tweets", word, max_results=500)
    assert [str(tweet.id) for tweet in answer.data] == tweets
    counts = await with_tweepy("get_all_tweets_count", word, granularity="day")
    assert counts.meta["total_tweet_count"] == 12
    pages = await with_tweepy.pages("get_all_tweets_count", word, granularity="hour")
    assert sum(bucket["tweet_count"] for page in pages for bucket in page) == 12


async def test_xdk_searches_and_counts_all(alice: Person) -> None:
    word = fresh_word()
    tweets = await twelve(alice, word)
    as_user, as_app = Xdk(alice), Xdk(alice, as_app=True)
    for name in ("search_all", "get_counts_all"):
        with pytest.raises(ValueError, match="BearerToken"):
            await as_user.pages("posts", name, word)
    pages = await as_app.pages("posts", "search_all", word, max_results=10)
    assert [[post.id for post in page] for page in pages] == [tweets[:10], tweets[10:]]
    pages = await as_app.pages("posts", "get_counts_all", word, granularity="hour")
    assert sum(bucket.post_count for page in pages for bucket in page) == 12
    as_user.close()
    as_app.close()


async def test_xdk_searches_counts_and_finds_people(alice: Person, with_xdk: Xdk) -> None:
    word = fresh_word()
    tweets = await twelve(alice, word)
    pages = await with_xdk.pages("posts", "search_recent", word, max_results=10)
    assert [post.id for page in pages for post in page] == tweets
    pages = await with_xdk.pages("posts", "get_counts_recent", word, granularity="minute")
    assert sum(bucket.post_count for page in pages for bucket in page) == 12
    await alice.call("GET", "/2/users/search", params={"query": alice.username})
    pages = await with_xdk.pages("users", "search", alice.username)
    assert alice.id in [user.id for page in pages for user in page]
    reposts = [await alice.retweet(tweet) for tweet in tweets[:3]]
    assert await found(alice, f"retweets_of:{alice.username}") == reposts[::-1]
    pages = await with_xdk.pages("users", "get_reposts_of_me", max_results=2)
    assert [[post.id for post in page] for page in pages] == [reposts[:0:-1], reposts[:1]]


async def test_xdk_reads_trends(alice: Person, bob: Person, carla: Person, with_xdk: Xdk) -> None:
    tag = fresh_word("trend")
    for person in (alice, bob, carla):
        for _ in range(2):
            await person.tweet(f"#{tag}")
        alice.has_seen(person)
    await alice.call("GET", "/2/trends")  # which waits for these, as clients of X do not
    for trends in (
        await with_xdk("trends", "get_by_woeid", 1),
        await with_xdk("trends", "get_personalized"),
    ):
        risen: list[dict[str, Any]] = trends.model_dump()["data"]
        (own,) = (trend for trend in risen if trend["trend_name"] == f"#{tag}")
        assert int(own["post_count"]) == 6
