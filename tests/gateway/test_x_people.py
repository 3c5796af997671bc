"""Programs written for X that follow, mute and read profiles, with nothing changed but the host."""

import pytest
import tweepy
from xdk.users.models import FollowUserRequest, MuteUserRequest

from tests.conftest import Register
from tests.person import Person
from tests.x_clients import Tweepy, Xdk

DESCRIPTION = "Watches #herons with @canal_trust, see https://example.com"


async def graph_has(person: Person) -> None:
    """Commands do not wait for a view; this read of one's own does."""
    await person.call("GET", f"/2/users/{person.id}/blocking")


async def test_tweepy_mutes_and_lists(
    alice: Person, register: Register, with_tweepy: Tweepy
) -> None:
    people = [await register(f"m{n}") for n in range(3)]
    for person in people:
        await alice.mute(person)
        await alice.block(person)
    await graph_has(alice)
    for name in ("get_muted", "get_blocked"):
        pages = await with_tweepy.pages(name, max_results=2, user_auth=False)
        assert [[str(user.id) for user in page] for page in pages] == [
            [people[2].id, people[1].id],
            [people[0].id],
        ]
    muted = await with_tweepy("mute", people[0].id, user_auth=False)
    assert muted.data == {"muting": True}
    ended = await with_tweepy("unmute", people[0].id, user_auth=False)
    assert ended.data == {"muting": False}


async def test_tweepy_asks_to_follow_a_protected_account(
    alice: Person, bob: Person, with_tweepy: Tweepy
) -> None:
    tweet = await bob.tweet("Behind the hedge")
    await bob.protect()
    asked = await with_tweepy("follow_user", bob.id, user_auth=False)
    assert asked.data == {"following": False, "pending_follow": True}
    with pytest.raises(tweepy.Forbidden):
        await with_tweepy("get_tweet", tweet)
    for what in ("get_users_tweets", "get_users_followers", "get_users_following"):
        withheld = await with_tweepy(what, bob.id)
        assert (withheld.data, withheld.meta["result_count"]) == (None, 0)
        assert withheld.errors[0]["title"] == "Authorization Error"


async def test_tweepy_reads_a_profile(alice: Person, bob: Person, with_tweepy: Tweepy) -> None:
    tweet = await bob.tweet("Pinned")
    await bob.change_profile(description=DESCRIPTION, location="Bath", url="https://example.com")
    await bob.call("PUT", f"/2/users/{bob.id}/pinned_tweet", json={"tweet_id": tweet})
    await bob.lookup(tweet)
    found = await with_tweepy(
        "get_user",
        id=bob.id,
        user_fields=[
            "description,entities,location,pinned_tweet_id,profile_image_url,protected,url,verified"
        ],
        expansions="pinned_tweet_id",
    )
    user = found.data
    assert (user.description, user.location, user.url) == (
        DESCRIPTION,
        "Bath",
        "https://example.com",
    )
    assert (user.protected, user.verified, user.profile_image_url) == (False, False, None)
    assert str(user.pinned_tweet_id) == tweet
    assert [mention["username"] for mention in user.entities["description"]["mentions"]] == [
        "canal_trust"
    ]
    assert [str(pinned.id) for pinned in found.includes["tweets"]] == [tweet]


async def test_xdk_follows_mutes_and_reads_a_profile(
    alice: Person, bob: Person, with_xdk: Xdk
) -> None:
    tweet = await bob.tweet("Pinned")
    await bob.change_profile(description=DESCRIPTION, url="example.com")
    await bob.call("PUT", f"/2/users/{bob.id}/pinned_tweet", json={"tweet_id": tweet})
    await bob.lookup(tweet)
    found = await with_xdk(
        "users",
        "get_by_id",
        bob.id,
        user_fields=["description", "entities", "protected", "url", "connection_status"],
        expansions=["pinned_post_id"],
    )
    assert (found.data.description, found.data.connection_status) == (DESCRIPTION, [])
    assert [post.id for post in found.includes.posts] == [tweet]
    await bob.protect()
    asked = await with_xdk(
        "users", "follow_user", alice.id, FollowUserRequest(target_user_id=bob.id)
    )
    assert (asked.data.following, asked.data.pending_follow) == (False, True)
    muted = await with_xdk("users", "mute_user", alice.id, MuteUserRequest(target_user_id=bob.id))
    assert muted.data.muting is True
    await alice.mute(bob)
    await alice.block(bob)
    await graph_has(alice)
    for name in ("get_muting", "get_blocking"):
        pages = await with_xdk.pages("users", name, alice.id, max_results=1)
        assert [[user.id for user in page] for page in pages] == [[bob.id]]
    ended = await with_xdk("users", "unmute_user", alice.id, bob.id)
    assert ended.data.muting is False
    withheld = await with_xdk.pages("users", "get_posts", bob.id)
    assert withheld == [[]]
    several = await with_xdk("posts", "get_by_ids", [tweet])
    assert several.errors[0].resource_type == "tweet"
