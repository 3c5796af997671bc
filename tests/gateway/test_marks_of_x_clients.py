"""Likes and bookmarks with the clients of X, as a user's own program would use them."""

from xdk.users.models import CreateBookmarkRequest, LikePostRequest

from tests.person import Person
from tests.x_clients import Tweepy, Xdk


async def test_tweepy_likes_and_bookmarks(alice: Person, bob: Person, with_tweepy: Tweepy) -> None:
    tweets = [await bob.tweet(f"Bird {number}") for number in range(3)]
    for tweet_id in tweets:
        assert (await with_tweepy("like", tweet_id, user_auth=False)).data == {"liked": True}
        assert (await with_tweepy("bookmark", tweet_id)).data == {"bookmarked": True}
    assert (await with_tweepy("unlike", tweets[0], user_auth=False)).data == {"liked": False}
    removed = await with_tweepy("remove_bookmark", tweets[1])
    assert removed.data == {"bookmarked": False}
    await settled(alice, tweets[0])
    users = await with_tweepy("get_liking_users", tweets[1], user_auth=False)
    assert [str(user.id) for user in users.data] == [alice.id]
    liked = await with_tweepy.pages("get_liked_tweets", alice.id, user_auth=False, max_results=1)
    assert [str(tweet.id) for page in liked for tweet in page] == [tweets[2], tweets[1]]
    marked = await with_tweepy("get_bookmarks", tweet_fields="public_metrics")
    assert [str(tweet.id) for tweet in marked.data] == [tweets[2], tweets[0]]
    assert marked.data[0].public_metrics["bookmark_count"] == 1
    nobody = await with_tweepy("get_retweeters", tweets[0], user_auth=False)
    assert nobody.data is None


async def test_xdk_likes_and_bookmarks(alice: Person, bob: Person, with_xdk: Xdk) -> None:
    tweets = [await bob.tweet(f"Bird {number}") for number in range(3)]
    for tweet_id in tweets:
        liked = await with_xdk("users", "like_post", alice.id, LikePostRequest(tweet_id=tweet_id))
        assert liked.data.liked
        body = CreateBookmarkRequest(tweet_id=tweet_id)
        marked = await with_xdk("users", "create_bookmark", alice.id, body)
        assert marked.data.bookmarked
    unliked = await with_xdk("users", "unlike_post", alice.id, tweets[0])
    assert unliked.data.liked is False
    await with_xdk("users", "delete_bookmark", alice.id, tweets[1])
    await settled(alice, tweets[0])
    pages = await with_xdk.pages("users", "get_liked_posts", alice.id, max_results=1)
    assert [post.id for page in pages for post in page] == [tweets[2], tweets[1]]
    bookmarks = await with_xdk.pages(
        "users", "get_bookmarks", alice.id, post_fields=["public_metrics"]
    )
    (page,) = bookmarks
    assert [post.id for post in page] == [tweets[2], tweets[0]]
    assert page[0].public_metrics.bookmark_count == 1
    users = await with_xdk.pages("posts", "get_liking_users", tweets[1])
    assert [user.id for page in users for user in page] == [alice.id]


async def settled(person: Person, tweet_id: str) -> None:
    """Clients of X do not wait for their own writes: one bookmark more, and a wait for that."""
    path = f"/2/users/{person.id}/bookmarks"
    await person.call("POST", path, json={"tweet_id": tweet_id})
    await person.lookup(tweet_id, **{"tweet.fields": "viewer"})
