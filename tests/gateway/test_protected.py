"""Protected accounts: who may see them, and how one becomes a follower."""

import asyncio

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from gateway import protection
from gateway.admission import MANY
from gateway.app import make_app
from gateway.limits import OFF
from schemas.servers import Servers
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply


async def listed(person: Person, path: str) -> list[str]:
    reply = await person.call("GET", f"/2/users/{person.id}/{path}")
    return [user["id"] for user in reply.body.get("data", [])]


async def test_a_follow_is_a_request_until_accepted(alice: Person, bob: Person) -> None:
    await alice.protect()
    asked = await bob.follow(alice)
    assert asked.data == {"following": False, "pending_follow": True}
    alice.has_seen(bob)
    assert await listed(alice, "follow_requests") == [bob.id]
    assert await listed(bob, "follow_requests/sent") == [alice.id]
    assert await listed(bob, "following") == []
    between = {"user.fields": "connection_status"}
    shown = await alice.call("GET", f"/2/users/{bob.id}", params=between)
    assert shown.data["connection_status"] == ["follow_request_received"]
    shown = await bob.call("GET", f"/2/users/{alice.id}", params=between)
    assert shown.data["connection_status"] == ["follow_request_sent"]
    assert (await alice.answer_request(bob, "accept")).data == {"accepted": True}
    bob.has_seen(alice)
    assert await listed(bob, "following") == [alice.id]
    assert await listed(alice, "follow_requests") == []
    again = await bob.follow(alice)
    assert again.data == {"following": True, "pending_follow": False}
    assert await listed(bob, "follow_requests/sent") == []


async def test_a_declined_request_is_gone(alice: Person, bob: Person) -> None:
    await alice.protect()
    await bob.follow(alice)
    alice.has_seen(bob)
    await listed(alice, "follow_requests")
    assert (await alice.answer_request(bob, "decline")).data == {"accepted": False}
    assert await listed(alice, "follow_requests") == []
    assert await listed(alice, "followers") == []
    assert_problem(await alice.answer_request(bob, "accept"), 404, bob.id)


async def test_a_request_can_be_withdrawn_and_is_ended_by_a_block(
    alice: Person, bob: Person, carla: Person
) -> None:
    await alice.protect()
    for person in (bob, carla):
        await person.follow(alice)
        alice.has_seen(person)
    await bob.unfollow(alice)
    await alice.block(carla)
    alice.has_seen(bob)
    assert await listed(alice, "follow_requests") == []


async def test_only_ones_own_requests(alice: Person, bob: Person) -> None:
    await alice.protect()
    await bob.follow(alice)
    for path in ("follow_requests", "follow_requests/sent"):
        assert_problem(await bob.call("GET", f"/2/users/{alice.id}/{path}"), 403)
    path = f"/2/users/{alice.id}/follow_requests/{bob.id}/accept"
    assert_problem(await bob.call("POST", path), 403)


async def test_strangers_see_nothing_and_followers_all(
    alice: Person, bob: Person, carla: Person
) -> None:
    await bob.follow(alice)
    tweet = await alice.tweet("Only for friends")
    quote = await bob.tweet("A friend says", quote_tweet_id=tweet)
    await alice.protect()
    carla.has_seen(alice)
    carla.has_seen(bob)
    bob.has_seen(alice)
    assert await found(bob, alice, tweet, quote) == (200, [tweet], [tweet], [tweet], [bob.id])
    assert await found(carla, alice, tweet, quote) == (403, [], [], [], [])
    assert await found(alice, alice, tweet, quote) == (200, [tweet], [tweet], [tweet], [bob.id])
    assert_problem(
        await carla.call("POST", "/2/tweets", json={"text": "!", "quote_tweet_id": tweet}), 403
    )


async def found(
    viewer: Person, author: Person, tweet: str, quote: str
) -> tuple[int, list[str], list[str], list[str], list[str]]:
    """What comes back of a tweet: alone, among others, in a timeline, quoted; and followers."""
    alone = await viewer.lookup(tweet)
    among = await viewer.call("GET", "/2/tweets", params={"ids": tweet})
    timeline = await viewer.user_tweets(author)
    quoted = await viewer.lookup(quote, expansions="referenced_tweets.id")
    followers = await viewer.call("GET", f"/2/users/{author.id}/followers")
    return (
        alone.status,
        ids(among),
        ids(timeline),
        [shown["id"] for shown in quoted.body.get("includes", {}).get("tweets", [])],
        ids(followers),
    )


def ids(reply: Reply) -> list[str]:
    return [shown["id"] for shown in reply.body.get("data", [])]


OF_AN_ACCOUNT = (
    "tweets", "followers", "following", "liked_tweets", "owned_lists", "list_memberships",
)  # fmt: skip


async def test_what_is_an_accounts_is_for_those_who_may_see_it(
    alice: Person, bob: Person, carla: Person
) -> None:
    liked = await carla.tweet("A tweet that alice likes")
    alice.has_seen(carla)
    await alice.tweet("Hers")
    await alice.follow(carla)
    await alice.call("POST", f"/2/users/{alice.id}/likes", json={"tweet_id": liked})
    made = await alice.call("POST", "/2/lists", json={"name": "Hers"})
    members = f"/2/lists/{made.data['id']}/members"
    assert (await alice.call("POST", members, json={"user_id": alice.id})).status == 200
    await bob.follow(alice)
    for hide in (alice.protect, lambda: alice.block(carla)):
        await hide()
        for viewer in (bob, carla):
            viewer.has_seen(alice)
        for what in OF_AN_ACCOUNT:
            path = f"/2/users/{alice.id}/{what}"
            for viewer in (alice, bob):
                shown = await viewer.call("GET", path)
                assert "errors" not in shown.body, (what, shown.body)
            hidden = await carla.call("GET", path)
            assert hidden.status == 200
            assert hidden.body["meta"] == {"result_count": 0}
            assert hidden.body.keys() == {"errors", "meta"}, what
            (error,) = hidden.body["errors"]
            assert (error["title"], error["resource_id"]) == ("Authorization Error", alice.id)
        await alice.change_profile(protected=False)


async def test_the_retweet_of_somebody_who_may_not_be_seen_leads_nowhere(
    alice: Person, bob: Person, carla: Person
) -> None:
    tweet = await alice.tweet("Seen by all")
    carla.has_seen(alice)
    retweet = await carla.retweet(tweet)
    own = f"/2/users/{bob.id}"
    for mark in ("likes", "bookmarks"):
        done = await bob.call("POST", f"{own}/{mark}", json={"tweet_id": retweet})
        assert done.status == 200, done.body
    await carla.protect()
    bob.has_seen(carla)
    assert (await bob.lookup(retweet)).status == 403
    for what in ("liking_users", "retweeted_by", "retweets", "quote_tweets", "replies"):
        assert_problem(await bob.call("GET", f"/2/tweets/{retweet}/{what}"), 403)
    for mark in ("likes", "dislikes", "bookmarks", "retweets"):
        body = {"tweet_id": retweet}
        assert_problem(await bob.call("POST", f"{own}/{mark}", json=body), 403)
    quote = {"text": "Look", "quote_tweet_id": retweet}
    answer = {"text": "Hello", "reply": {"in_reply_to_tweet_id": retweet}}
    for said in (quote, answer):
        assert_problem(await bob.call("POST", "/2/tweets", json=said), 403)
    undone = [
        await bob.call("DELETE", f"{own}/{mark}/{retweet}")
        for mark in ("likes", "bookmarks", "retweets")
    ]
    assert [reply.status for reply in undone] == [200, 200, 200]
    assert (await bob.call("GET", f"/2/tweets/{tweet}/liking_users")).status == 200


async def test_who_may_reply_is_not_said_of_a_tweet_that_may_not_be_seen(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet(f"@{bob.username} only", reply_settings="mentionedUsers")
    bob.has_seen(alice)
    reply = await bob.reply(root)
    carla.has_seen(bob)
    asked = {"tweet.fields": "reply_settings"}
    assert (await carla.lookup(reply, **asked)).data["reply_settings"] == "mentionedUsers"
    await alice.protect()
    carla.has_seen(alice)
    assert "reply_settings" not in (await carla.lookup(reply, **asked)).data
    assert (await alice.lookup(reply, **asked)).data["reply_settings"] == "mentionedUsers"


async def test_a_removed_follower_is_a_stranger(alice: Person, bob: Person) -> None:
    await bob.follow(alice)
    tweet = await alice.tweet("Only for friends")
    await alice.protect()
    assert (await alice.remove_follower(bob)).data == {"following": False}
    bob.has_seen(alice)
    assert_problem(await bob.lookup(tweet), 403)


async def test_who_asked_follows_once_the_account_is_open(alice: Person, bob: Person) -> None:
    await alice.protect()
    tweet = await alice.tweet("Behind the hedge")
    await bob.follow(alice)
    alice.has_seen(bob)
    assert await listed(alice, "follow_requests") == [bob.id]
    bob.has_seen(alice)
    assert_problem(await bob.lookup(tweet), 403)
    assert (await alice.change_profile(protected=False)).data["protected"] is False
    assert (await bob.lookup(tweet)).status == 200
    async with asyncio.timeout(60):
        while await listed(bob, "following") != [alice.id]:
            await asyncio.sleep(0.02)


async def test_the_gateway_that_protects_an_account_knows_at_once(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, "REMEMBER_SECONDS", 60.0)
    tweet = await alice.tweet("Seen once")
    bob.has_seen(alice)
    assert (await bob.lookup(tweet)).status == 200
    await alice.protect()
    assert_problem(await bob.lookup(tweet), 403)


async def test_another_gateway_learns_of_it_within_its_memory(
    alice: Person, bob: Person, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, "REMEMBER_SECONDS", 0.3)
    tweet = await alice.tweet("Seen once")
    app = make_app(servers, limits_times=OFF, few_at_once=MANY)
    async with TestServer(app) as server, ClientSession() as session:
        address = str(server.make_url("")).rstrip("/")
        elsewhere = Person(session, address, bob.id, bob.username, bob.token)
        elsewhere.has_seen(alice)
        assert (await elsewhere.lookup(tweet)).status == 200
        await alice.protect()
        await asyncio.sleep(protection.REMEMBER_SECONDS)  # whatever it knew was from before
        assert_problem(await elsewhere.lookup(tweet), 403)
