"""Programs written for X, with nothing changed but the host."""

import asyncio
import inspect
import re

import pytest
import requests
import tweepy
from xdk.posts.client import PostsClient
from xdk.posts.models import CreateRequest
from xdk.users.client import UsersClient
from xdk.users.models import FollowUserRequest

from tests.conftest import Register
from tests.person import Person
from tests.x_clients import Tweepy, Xdk


async def seen(person: Person, tweet_id: str) -> None:
    """A client of X cannot ask for a position: this waits until the views have the tweet."""
    async with asyncio.timeout(60):
        while tweet_id not in await person.home_ids():
            await asyncio.sleep(0.01)


async def counted(person: Person, *, posts: int) -> None:
    """Other views may have a tweet before it is counted."""
    async with asyncio.timeout(60):
        while await person.posts() != posts:
            await asyncio.sleep(0.01)


async def test_tweepy_posts_edits_and_deletes(alice: Person, with_tweepy: Tweepy) -> None:
    created = await with_tweepy("create_tweet", text="From tweepy", user_auth=False)
    tweet_id = created.data["id"]
    assert created.data["text"] == "From tweepy"
    edit = {"text": "Edited", "edit_options": {"previous_post_id": tweet_id}}
    edited = await with_tweepy("_make_request", "POST", "/2/tweets", json=edit)
    assert edited.data["edit_history_tweet_ids"][0] == tweet_id
    await reads(alice, tweet_id, "Edited")
    found = await with_tweepy(
        "get_tweet",
        tweet_id,
        tweet_fields=["created_at", "edit_controls"],
        expansions="author_id",
    )
    assert (str(found.data.id), found.data.text) == (tweet_id, "Edited")
    assert len(found.data.edit_history_tweet_ids) == 2
    assert found.data.created_at < found.data.edit_controls["editable_until"]
    users = {user.id: user for user in found.includes["users"]}
    assert users[found.data.author_id].username == alice.username
    deleted = await with_tweepy("delete_tweet", tweet_id, user_auth=False)
    assert deleted.data == {"deleted": True}
    await gone(alice, tweet_id)
    with pytest.raises(tweepy.NotFound, match=tweet_id):
        await with_tweepy("get_tweet", tweet_id)


async def test_tweepy_reads_what_it_has_just_posted(alice: Person, with_tweepy: Tweepy) -> None:
    for number in range(20):
        created = await with_tweepy("create_tweet", text=f"Now {number}", user_auth=False)
        found = await with_tweepy("get_tweet", created.data["id"])
        assert found.data.text == f"Now {number}"


async def reads(person: Person, tweet_id: str, text: str) -> None:
    async with asyncio.timeout(60):
        while (found := await person.lookup(tweet_id)).status != 200 or found.data["text"] != text:
            await asyncio.sleep(0.01)


async def gone(person: Person, tweet_id: str) -> None:
    async with asyncio.timeout(60):
        while (await person.lookup(tweet_id)).status != 404:
            await asyncio.sleep(0.01)


async def test_tweepy_quotes_and_sees_what_is_missing(alice: Person, with_tweepy: Tweepy) -> None:
    quoted = await alice.tweet("Original")
    created = await with_tweepy(
        "create_tweet", text="Quote", quote_tweet_id=quoted, user_auth=False
    )
    await seen(alice, created.data["id"])
    found = await with_tweepy(
        "get_tweets",
        [created.data["id"], "7"],
        expansions="referenced_tweets.id",
        tweet_fields="referenced_tweets",
    )
    (shown,) = found.data
    assert [(r.type, str(r.id)) for r in shown.referenced_tweets] == [("quoted", quoted)]
    assert str(found.includes["tweets"][0].id) == quoted
    assert [error["value"] for error in found.errors] == ["7"]


async def test_tweepy_follows_and_pages_through_followers(
    alice: Person, register: Register, with_tweepy: Tweepy
) -> None:
    people = [await register(f"t{n}") for n in range(5)]
    for person in people:
        await person.follow(alice)
        alice.has_seen(person)
        followed = await with_tweepy("follow_user", person.id, user_auth=False)
        assert followed.data == {"following": True, "pending_follow": False}
    await followees(alice, len(people))
    for name in ("get_users_followers", "get_users_following"):
        pages = await with_tweepy.pages(
            name, alice.id, max_results=2, user_fields="public_metrics,created_at"
        )
        assert [len(page) for page in pages] == [2, 2, 1]
        assert [str(user.id) for page in pages for user in page] == [p.id for p in people[::-1]]
        assert pages[0][0].public_metrics["followers_count"] == 1
    ended = await with_tweepy("unfollow_user", people[0].id, user_auth=False)
    assert ended.data == {"following": False}


async def followees(person: Person, count: int) -> None:
    async with asyncio.timeout(60):
        while True:
            reply = await person.call("GET", f"/2/users/{person.id}/following")
            if reply.body["meta"]["result_count"] == count:
                return
            await asyncio.sleep(0.01)


async def test_tweepy_pages_through_both_timelines(alice: Person, with_tweepy: Tweepy) -> None:
    posted = [await alice.tweet(f"Lark {n}") for n in range(7)]
    await seen(alice, posted[-1])
    home = await with_tweepy.pages("get_home_timeline", max_results=3, user_auth=False)
    own = await with_tweepy.pages("get_users_tweets", alice.id, max_results=3)
    for pages in (home, own):
        assert [[str(tweet.id) for tweet in page] for page in pages] == [
            posted[:3:-1],
            posted[3:0:-1],
            posted[:1],
        ]


async def test_tweepy_finds_users(alice: Person, bob: Person, with_tweepy: Tweepy) -> None:
    me = await with_tweepy("get_me", user_auth=False, user_fields="public_metrics,created_at")
    assert (str(me.data.id), me.data.username) == (alice.id, alice.username)
    assert me.data.public_metrics["tweet_count"] == 0
    assert me.data.created_at.tzinfo
    named = await with_tweepy("get_user", username=bob.username)
    assert str(named.data.id) == bob.id
    several = await with_tweepy("get_users", ids=[bob.id, alice.id])
    assert [str(user.id) for user in several.data] == [bob.id, alice.id]
    by_name = await with_tweepy("get_users", usernames=[bob.username, "nobody_here"])
    assert [str(user.id) for user in by_name.data] == [bob.id]
    assert by_name.errors[0]["value"] == "nobody_here"


async def test_tweepy_raises_what_it_raises_for_x(
    alice: Person, bob: Person, with_tweepy: Tweepy
) -> None:
    theirs = await bob.tweet("Bob's")
    with pytest.raises(tweepy.BadRequest, match=r"\nYour Tweet text is too long\. .*281 of 280"):
        await with_tweepy("create_tweet", text="a" * 281, user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="another user's"):
        await with_tweepy("delete_tweet", theirs, user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="reply to a Tweet that is deleted or not visible"):
        await with_tweepy("create_tweet", text="A", in_reply_to_tweet_id="5", user_auth=False)
    stranger = Tweepy(Person(alice._session, alice.gateway, "7", "nobody", "no-token"))
    with pytest.raises(tweepy.Unauthorized):
        await stranger("get_user", id=alice.id)
    stranger.close()


async def test_xdk_posts_edits_and_deletes(alice: Person, with_xdk: Xdk) -> None:
    created = await with_xdk("posts", "create", body=CreateRequest(text="From xdk"))
    tweet_id = created.data.id
    assert created.data.text == "From xdk"
    edited = await with_xdk(
        "posts",
        "create",
        body=CreateRequest(text="Edited", edit_options={"previous_post_id": tweet_id}),
    )
    assert edited.data.id == tweet_id
    assert len(edited.data.edit_history_post_ids) == 2
    await reads(alice, tweet_id, "Edited")
    found = await with_xdk(
        "posts",
        "get_by_id",
        tweet_id,
        post_fields=["created_at", "edit_controls", "entities", "conversation_id"],
        expansions=["author_id", "edit_history_post_ids"],
    )
    assert found.data.text == "Edited"
    assert found.data.edit_controls.edits_remaining == 4
    assert found.includes.users[0].username == alice.username
    deleted = await with_xdk("posts", "delete", tweet_id)
    assert deleted.data.deleted is True
    await gone(alice, tweet_id)
    with pytest.raises(requests.HTTPError, match="404"):
        await with_xdk("posts", "get_by_id", tweet_id)


async def test_xdk_reads_entities_quotes_and_errors(alice: Person, with_xdk: Xdk) -> None:
    quoted = await alice.tweet(f"@{alice.username} #lark $LRK https://example.org")
    quote = await alice.tweet("Quote", quote_tweet_id=quoted)
    await seen(alice, quote)
    await counted(alice, posts=2)
    found = await with_xdk(
        "posts",
        "get_by_ids",
        [quote, quoted, "7"],
        post_fields=["entities", "created_at"],
        expansions=["referenced_posts", "author_id"],
        user_fields=["public_metrics"],
    )
    assert [post.id for post in found.data] == [quote, quoted]
    assert found.data[1].entities.hashtags[0].tag == "lark"
    assert found.data[1].entities.cashtags[0].tag == "LRK"
    assert found.data[1].entities.mentions[0].username == alice.username
    assert found.data[1].entities.urls[0].url == "https://example.org"
    assert found.includes.posts[0].id == quoted
    assert found.includes.users[0].public_metrics.post_count == 2
    assert len(found.errors) == 1


async def test_xdk_follows_and_pages_through_followers(
    alice: Person, register: Register, with_xdk: Xdk
) -> None:
    people = [await register(f"x{n}") for n in range(5)]
    for person in people:
        await person.follow(alice)
        alice.has_seen(person)
        body = FollowUserRequest(target_user_id=person.id)
        followed = await with_xdk("users", "follow_user", alice.id, body=body)
        assert followed.data.following is True
        assert followed.data.pending_follow is False
    await followees(alice, len(people))
    for name in ("get_followers", "get_following"):
        pages = await with_xdk.pages(
            "users", name, alice.id, max_results=2, user_fields=["public_metrics", "created_at"]
        )
        assert [len(page) for page in pages] == [2, 2, 1]
        assert [user.id for page in pages for user in page] == [p.id for p in people[::-1]]
        assert pages[0][0].public_metrics.followers_count == 1
    ended = await with_xdk("users", "unfollow_user", alice.id, people[0].id)
    assert ended.data.following is False


async def test_xdk_pages_through_both_timelines(alice: Person, with_xdk: Xdk) -> None:
    posted = [await alice.tweet(f"Pipit {n}") for n in range(7)]
    await seen(alice, posted[-1])
    for name in ("get_timeline", "get_posts"):
        pages = await with_xdk.pages(
            "users",
            name,
            alice.id,
            max_results=3,
            exclude=["replies", "retweets"],
            post_fields=["created_at"],
            expansions=["author_id"],
        )
        assert [post.id for page in pages for post in page] == posted[::-1]
        assert [len(page) for page in pages] == [3, 3, 1]


async def test_xdk_reads_an_empty_timeline(alice: Person, with_xdk: Xdk) -> None:
    assert await with_xdk.pages("users", "get_timeline", alice.id) == [[]]


async def test_xdk_finds_users(alice: Person, bob: Person, with_xdk: Xdk) -> None:
    me = await with_xdk("users", "get_me", user_fields=["public_metrics", "created_at"])
    assert (me.data.id, me.data.username) == (alice.id, alice.username)
    assert me.data.public_metrics.post_count == 0
    assert (await with_xdk("users", "get_by_id", bob.id)).data.username == bob.username
    assert (await with_xdk("users", "get_by_username", bob.username)).data.id == bob.id
    several = await with_xdk("users", "get_by_ids", [bob.id, "7"])
    assert [user.id for user in several.data] == [bob.id]
    assert len(several.errors) == 1
    named = await with_xdk("users", "get_by_usernames", [bob.username, alice.username])
    assert [user.id for user in named.data] == [bob.id, alice.id]


FIELD_PARAMETERS = {
    "post_fields": "post.fields",
    "user_fields": "user.fields",
    "media_fields": "media.fields",
    "poll_fields": "poll.fields",
    "place_fields": "place.fields",
    "expansions": "expansions",
}


async def test_every_field_that_xdk_offers_is_taken(alice: Person) -> None:
    offering = set[str]()
    for method, path in (
        (UsersClient.get_timeline, alice.home_path),
        (UsersClient.get_followers, f"/2/users/{alice.id}/followers"),
        (PostsClient.get_by_ids, "/2/tweets?ids=7"),
    ):
        for name, parameter in inspect.signature(method).parameters.items():
            if name in FIELD_PARAMETERS:
                offered = re.findall(r"'([^']+)'", str(parameter.annotation))
                assert offered, f"{name}: {parameter.annotation}"
                offering.add(name)
                asked = {FIELD_PARAMETERS[name]: ",".join(offered)}
                reply = await alice.call("GET", path, params=asked)
                assert reply.status == 200, reply.body
    assert offering == FIELD_PARAMETERS.keys()
