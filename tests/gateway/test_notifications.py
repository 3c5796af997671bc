"""Mentions, notifications and how far they were read."""

from collections.abc import Sequence
from typing import Any

import pytest

from events.clock import now_ms
from events.log import Log
from gateway import filling
from gateway import notifications as notifications_module
from gateway.state import Gateway
from projections.counters import Counters
from schemas.events import (
    Event,
    NotificationsRead,
    ReactionCleared,
    TweetLiked,
    TweetRetweeted,
    UserBlocked,
    UserMuted,
)
from schemas.ids import MAX_ID, first_id_at
from schemas.tweets import Tweet
from tests.conftest import Register
from tests.gateway.happening import happens, mark, waited_for
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply
from tests.x_clients import Tweepy, Xdk


async def mentions(person: Person, of: Person, **params: str) -> Reply:
    return await person.call("GET", f"/2/users/{of.id}/mentions", params=params)


async def notifications(person: Person, **params: str) -> Reply:
    return await person.call("GET", f"/2/users/{person.id}/notifications", params=params)


async def kinds(person: Person) -> list[tuple[str, str | None, list[str]]]:
    """Type, tweet and actors of each, newest first."""
    data = (await notifications(person)).body.get("data", [])
    return [(one["type"], one.get("tweet_id"), one["actor_ids"]) for one in data]


async def test_a_mention_is_in_the_timeline_and_in_the_notifications(
    alice: Person, bob: Person
) -> None:
    tweet_id = await bob.tweet(f"Seen by @{alice.username} and by @{alice.username}")
    await bob.tweet("Nobody here")
    alice.has_seen(bob)
    shown = await mentions(alice, alice)
    assert [tweet["id"] for tweet in shown.data] == [tweet_id]
    assert shown.body["meta"] == {"result_count": 1, "newest_id": tweet_id, "oldest_id": tweet_id}
    (one,) = (reply := await notifications(alice)).data
    assert one["type"] == "mention"
    assert (one["tweet_id"], one["post_id"]) == (tweet_id, tweet_id)
    assert (one["actor_ids"], one["actor_count"], one["unread"]) == ([bob.id], 1, True)
    assert [user["id"] for user in reply.body["includes"]["users"]] == [bob.id]
    assert [tweet["id"] for tweet in reply.body["includes"]["tweets"]] == [tweet_id]
    assert reply.body["meta"]["unread_count"] == 1


async def test_mentions_are_public_and_those_of_nobody_are_404(alice: Person, bob: Person) -> None:
    tweet_id = await bob.tweet(f"@{alice.username}")
    assert [tweet["id"] for tweet in (await mentions(bob, alice)).data] == [tweet_id]
    assert (await mentions(bob, bob)).body == {"meta": {"result_count": 0}}
    assert_problem(await alice.call("GET", "/2/users/7/mentions"), 404, "user 7")
    assert_problem(await mentions(alice, alice, exclude="replies"), 400, "exclude")


async def test_mentions_go_in_pages_and_within_bounds(alice: Person, bob: Person) -> None:
    posted = [await bob.tweet(f"Hoopoe {n} @{alice.username}") for n in range(7)]
    alice.has_seen(bob)
    pages = await alice.pages(f"/2/users/{alice.id}/mentions", max_results="3")
    assert [[t["id"] for t in page] for page in pages] == [
        posted[:3:-1],
        posted[3:0:-1],
        posted[:1],
    ]
    inside = await mentions(alice, alice, since_id=posted[2], until_id=posted[5])
    assert [tweet["id"] for tweet in inside.data] == [posted[4], posted[3]]


async def test_an_edit_may_bring_a_mention_and_take_it_away(alice: Person, bob: Person) -> None:
    tweet_id = await bob.tweet("Without")
    await bob.edit(tweet_id, f"With @{alice.username}")
    alice.has_seen(bob)
    assert [tweet["id"] for tweet in (await mentions(alice, alice)).data] == [tweet_id]
    assert await kinds(alice) == [("mention", tweet_id, [bob.id])]
    await bob.edit(tweet_id, f"Still with @{alice.username}")
    alice.has_seen(bob)
    assert await kinds(alice) == [("mention", tweet_id, [bob.id])]
    await bob.edit(tweet_id, "Without again")
    alice.has_seen(bob)
    assert "data" not in (await mentions(alice, alice)).body
    assert await kinds(alice) == []
    await bob.edit(tweet_id, f"And with @{alice.username}")
    alice.has_seen(bob)
    assert await kinds(alice) == [("mention", tweet_id, [bob.id])]


async def test_a_reply_stays_a_notification_whomever_it_mentions(
    alice: Person, bob: Person
) -> None:
    answered = await alice.tweet("Answer me")
    bob.has_seen(alice)
    reply = await bob.reply(answered, f"@{alice.username} yes")
    quote = await bob.tweet(f"@{alice.username} no", quote_tweet_id=answered)
    for tweet_id in (reply, quote):
        await bob.edit(tweet_id, "Without")
    alice.has_seen(bob)
    assert await kinds(alice) == [("quote", quote, [bob.id]), ("reply", reply, [bob.id])]


async def test_a_deleted_tweet_takes_its_notifications_along(alice: Person, bob: Person) -> None:
    quoted = await alice.tweet("Quotable")
    bob.has_seen(alice)
    quote = await bob.tweet("Quote", quote_tweet_id=quoted)
    mention = await bob.tweet(f"@{alice.username}")
    alice.has_seen(bob)
    both = [("mention", mention, [bob.id]), ("quote", quote, [bob.id])]
    assert await kinds(alice) == both
    assert [tweet["id"] for tweet in (await mentions(alice, alice)).data] == [mention]
    await bob.delete(mention)
    await bob.delete(quote)
    alice.has_seen(bob)
    empty = await notifications(alice)
    assert empty.body == {"meta": {"result_count": 0, "unread_count": 0}}
    assert "data" not in (await mentions(alice, alice)).body


async def test_nobody_hears_of_what_they_do_themselves(alice: Person, log: Log) -> None:
    tweet_id = await alice.tweet(f"@{alice.username} talks to @{alice.username}")
    await alice.tweet("Me again", quote_tweet_id=tweet_id)
    await mark(log, TweetLiked, alice, tweet_id, alice)
    assert await kinds(alice) == []


async def test_a_follow_that_ends_disappears(alice: Person, bob: Person) -> None:
    await bob.follow(alice)
    await bob.follow(alice)
    alice.has_seen(bob)
    assert await kinds(alice) == [("follow", None, [bob.id])]
    await bob.unfollow(alice)
    alice.has_seen(bob)
    assert await kinds(alice) == []


async def test_likes_of_one_tweet_are_one_notification(
    alice: Person, log: Log, register: Register
) -> None:
    first, second = await alice.tweet("First"), await alice.tweet("Second")
    people = [await register(f"fan{n}") for n in range(5)]
    for person in people:
        await mark(log, TweetLiked, person, first, alice)
    await mark(log, TweetRetweeted, people[0], first, alice)
    await mark(log, TweetLiked, people[0], second, alice)
    ids = [person.id for person in people]
    assert await kinds(alice) == [
        ("like", second, [ids[0]]),
        ("retweet", first, [ids[0]]),
        ("like", first, [ids[4], ids[3], ids[2]]),
    ]
    assert [one["actor_count"] for one in (await notifications(alice)).data] == [1, 1, 5]
    await mark(log, ReactionCleared, people[4], first, alice)
    await mark(log, ReactionCleared, people[0], second, alice)
    assert await kinds(alice) == [
        ("retweet", first, [ids[0]]),
        ("like", first, [ids[3], ids[2], ids[1]]),
    ]
    await alice.delete(first)
    assert await kinds(alice) == []


async def test_an_answer_is_one_notification_even_if_it_mentions(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet("Anybody?")
    for other in (bob, carla):
        other.has_seen(alice)
    answer = await bob.reply(root, f"Me, @{alice.username}")
    carla.has_seen(bob)
    below = await carla.reply(answer, "Me too")
    alice.has_seen(carla)
    bob.has_seen(carla)
    assert await kinds(alice) == [("reply", answer, [bob.id])]
    assert await kinds(bob) == [("reply", below, [carla.id])]
    assert [tweet["id"] for tweet in (await mentions(alice, alice)).data] == [answer]
    assert [tweet["id"] for tweet in (await mentions(alice, bob)).data] == [below]
    await bob.delete(answer)
    alice.has_seen(bob)
    assert await kinds(alice) == []


async def test_likes_and_retweets_over_http(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Likeable")
    bob.has_seen(alice)
    likes = f"/2/users/{bob.id}/likes"
    assert (await bob.call("POST", likes, json={"tweet_id": tweet_id})).status == 200
    await bob.retweet(tweet_id)
    alice.has_seen(bob)
    assert await kinds(alice) == [("retweet", tweet_id, [bob.id]), ("like", tweet_id, [bob.id])]
    await bob.call("DELETE", f"{likes}/{tweet_id}")
    await bob.undo_retweet(tweet_id)
    alice.has_seen(bob)
    assert await kinds(alice) == []


async def test_a_request_to_follow_and_its_answer(alice: Person, bob: Person) -> None:
    await alice.protect()
    bob.has_seen(alice)
    await bob.follow(alice)
    alice.has_seen(bob)
    assert await kinds(alice) == [("follow_request", None, [bob.id])]
    await alice.answer_request(bob, "accept")
    bob.has_seen(alice)
    assert await kinds(alice) == []
    assert await kinds(bob) == [("follow_accepted", None, [alice.id])]
    await alice.remove_follower(bob)
    bob.has_seen(alice)
    assert await kinds(bob) == []


async def test_a_protected_account_is_heard_by_its_followers_only(
    alice: Person, bob: Person
) -> None:
    await bob.tweet(f"@{alice.username}, can you hear me?")
    await bob.protect()
    alice.has_seen(bob)
    assert await kinds(alice) == []
    assert "data" not in (await mentions(alice, alice)).body
    await alice.follow(bob)
    bob.has_seen(alice)
    assert await kinds(bob) == [("follow_request", None, [alice.id])]
    await bob.answer_request(alice, "accept")
    alice.has_seen(bob)
    assert [kind for kind, _, _ in await kinds(alice)] == ["follow_accepted", "mention"]
    assert len((await mentions(alice, alice)).data) == 1


async def test_what_expansions_ask_for_stands_beside_once(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Which one?")
    bob.has_seen(alice)
    poll = {"options": ["this", "that"], "duration_minutes": 5}
    answer = await bob.reply(tweet_id, f"@{alice.username}", poll=poll)
    alice.has_seen(bob)
    asked = "referenced_tweets.id,referenced_tweets.id.author_id,author_id,attachments.poll_ids"
    around = (await notifications(alice, expansions=asked)).body["includes"]
    assert [tweet["id"] for tweet in around["tweets"]] == [answer, tweet_id]
    assert around["posts"] == around["tweets"]
    assert [user["id"] for user in around["users"]] == [bob.id, alice.id]
    assert [found["id"] for found in around["polls"]] == [answer]


async def test_what_was_read_stays_read_and_a_new_like_is_unread(
    alice: Person, bob: Person, carla: Person, log: Log
) -> None:
    tweet_id = await alice.tweet("Liked")
    await mark(log, TweetLiked, bob, tweet_id, alice)
    (one,) = (await notifications(alice)).data
    path = f"/2/users/{alice.id}/notifications"
    marked = await alice.call("POST", f"{path}/read", json={"until": one["id"]})
    assert (marked.status, marked.data) == (200, {"read": True, "until": one["id"]})
    older = str(int(one["id"]) - 1)
    assert (await alice.call("POST", f"{path}/read", json={"until": older})).status == 200
    shown = await notifications(alice)
    assert [one["unread"] for one in shown.data] == [False]
    assert shown.body["meta"]["unread_count"] == 0
    await mark(log, TweetLiked, carla, tweet_id, alice)
    (one,) = (await notifications(alice)).data
    assert (one["unread"], one["actor_ids"], one["actor_count"]) == (True, [carla.id, bob.id], 2)
    assert (await alice.call("GET", f"{path}/unread_count")).data == {"unread_count": 1}


async def test_what_is_to_come_cannot_be_read(alice: Person, bob: Person, log: Log) -> None:
    tweet_id = await alice.tweet("Not liked yet")
    path = f"/2/users/{alice.id}/notifications"
    marked = await alice.call("POST", f"{path}/read", json={"until": str(MAX_ID)})
    assert marked.status == 200
    assert int(tweet_id) < int(marked.data["until"]) < first_id_at(now_ms() + 60_000)
    await happens(log, alice, NotificationsRead, alice, until=MAX_ID)  # as gateways once let it be
    bob.has_seen(alice)
    await bob.tweet(f"@{alice.username}")
    alice.has_seen(bob)
    assert [one["unread"] for one in (await notifications(alice)).data] == [True]
    assert (await alice.call("GET", f"{path}/unread_count")).data == {"unread_count": 1}


@pytest.mark.parametrize("how", [UserMuted, UserBlocked])
async def test_the_muted_and_the_blocked_are_not_heard_of(
    alice: Person, bob: Person, carla: Person, log: Log, how: type[Event]
) -> None:
    tweet_id = await alice.tweet("Liked by two, one of them muted")
    bob.has_seen(alice)
    for fan in (carla, bob):
        await mark(log, TweetLiked, fan, tweet_id, alice)
    await bob.tweet(f"@{alice.username}")
    await bob.follow(alice)
    alice.has_seen(bob)
    assert len(await kinds(alice)) == 3
    await happens(log, alice, how, alice, target=int(bob.id))
    assert await kinds(alice) == [("like", tweet_id, [carla.id])]
    path = f"/2/users/{alice.id}/notifications/unread_count"
    assert (await alice.call("GET", path)).data == {"unread_count": 1}
    await happens(log, alice, how, alice, target=int(carla.id))
    assert await kinds(alice) == []
    assert (await alice.call("GET", path)).data == {"unread_count": 0}


async def test_the_likes_of_those_who_may_not_be_seen_are_not_told(
    alice: Person, bob: Person, carla: Person, register: Register, log: Log
) -> None:
    both, hidden = await alice.tweet("Liked by all"), await alice.tweet("Liked by the protected")
    protected = [carla, *[await register(f"shy{number}") for number in range(3)]]
    for person in protected:
        await person.protect()
        alice.has_seen(person)
    for person in (bob, *protected):
        await mark(log, TweetLiked, person, both, alice)
    for kind in (TweetLiked, TweetRetweeted):
        await mark(log, kind, carla, hidden, alice)
    await carla.follow(alice)
    alice.has_seen(carla)
    assert await kinds(alice) == [("follow", None, [carla.id]), ("like", both, [bob.id])]
    shown = await notifications(alice)
    assert [one["actor_count"] for one in shown.data] == [1, 5]
    assert {user["id"] for user in shown.body["includes"]["users"]} == {carla.id, bob.id}
    await alice.follow(carla)
    carla.has_seen(alice)
    assert await kinds(carla) == [("follow_request", None, [alice.id])]
    await carla.answer_request(alice, "accept")
    alice.has_seen(carla)
    assert await kinds(alice) == [
        ("follow_accepted", None, [carla.id]),
        ("follow", None, [carla.id]),
        ("retweet", hidden, [carla.id]),
        ("like", hidden, [carla.id]),
        ("like", both, [carla.id, bob.id]),
    ]


async def test_the_muted_make_nothing_unread(
    alice: Person, bob: Person, carla: Person, log: Log
) -> None:
    tweet = await alice.tweet("Goldcrest")
    await mark(log, TweetLiked, carla, tweet, alice)
    (liked,) = (await notifications(alice)).data
    path = f"/2/users/{alice.id}/notifications"
    await alice.call("POST", f"{path}/read", json={"until": liked["id"]})
    await happens(log, alice, UserMuted, alice, target=int(bob.id))
    await mark(log, TweetLiked, bob, tweet, alice)
    reply = await notifications(alice)
    (one,) = reply.data
    assert (one["actor_ids"], one["actor_count"], one["unread"]) == ([carla.id], 2, False)
    assert reply.body["meta"]["unread_count"] == 0
    assert (await alice.call("GET", f"{path}/unread_count")).data == {"unread_count": 0}


async def test_notifications_go_in_pages(alice: Person, register: Register) -> None:
    people = [await register(f"p{n}") for n in range(5)]
    for person in people:
        await person.follow(alice)
        alice.has_seen(person)
    pages = await alice.pages(f"/2/users/{alice.id}/notifications", max_results="2")
    assert [len(page) for page in pages] == [2, 2, 1]
    shown = [one["actor_ids"][0] for page in pages for one in page]
    assert shown == [person.id for person in people[::-1]]


async def test_a_page_is_short_where_little_of_much_can_be_shown(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where authors have become protected, or the tweet store is filled again."""
    followed = [await bob.tweet(f"@{alice.username} {number}") for number in range(16)]
    await bob.follow(alice)
    alice.has_seen(bob)
    newest = await bob.tweet(f"@{alice.username} once more")
    alice.has_seen(bob)

    async def few(gateway: Gateway, user: int, tweet_ids: Sequence[int]) -> dict[int, Tweet]:
        tweets = await gateway.tweets.find(tweet_ids)
        return {i: tweet for i, tweet in tweets.items() if tweet and str(i) not in followed[1:]}

    monkeypatch.setattr(filling, "TRIPS", 1)
    monkeypatch.setattr(notifications_module, "visible_by_id", few)
    pages = await alice.pages(f"/2/users/{alice.id}/notifications", max_results="1")
    shown = [one["type"] for page in pages for one in page]
    assert shown == ["mention", "follow", "mention"]
    assert pages[0][0]["tweet_id"] == newest
    assert [] in pages


async def test_notifications_wait_for_the_counts_that_they_show(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bob.tweet(f"@{alice.username}")
    alice.has_seen(bob)
    waited = waited_for(Counters, monkeypatch)
    reply = await notifications(alice, **{"user.fields": "public_metrics"})
    assert waited
    (user,) = reply.body["includes"]["users"]
    assert user["public_metrics"]["post_count"] == 1


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/unread_count"), ("POST", "/read")]
)
async def test_notifications_are_for_their_owner_only(
    alice: Person, bob: Person, method: str, path: str
) -> None:
    body = {"until": "1"} if method == "POST" else None
    reply = await alice.call(method, f"/2/users/{bob.id}/notifications{path}", json=body)
    assert_problem(reply, 403, bob.id)


@pytest.mark.parametrize("body", [{}, {"until": "x"}, {"until": 5}, {"until": "1", "more": 1}])
async def test_a_marker_that_is_none_is_refused(alice: Person, body: dict[str, Any]) -> None:
    path = f"/2/users/{alice.id}/notifications/read"
    assert_problem(await alice.call("POST", path, json=body), 400)


async def test_x_clients_page_through_mentions(
    alice: Person, bob: Person, with_tweepy: Tweepy, with_xdk: Xdk
) -> None:
    posted = [await bob.tweet(f"Merlin {n} @{alice.username}") for n in range(7)]
    alice.has_seen(bob)
    await mentions(alice, alice)
    by_tweepy = await with_tweepy.pages(
        "get_users_mentions", alice.id, max_results=5, expansions="author_id"
    )
    assert [str(tweet.id) for page in by_tweepy for tweet in page] == posted[::-1]
    by_xdk = await with_xdk.pages(
        "users", "get_mentions", alice.id, max_results=5, post_fields=["created_at"]
    )
    assert [tweet.id for page in by_xdk for tweet in page] == posted[::-1]
    assert [len(page) for page in by_xdk] == [5, 2]
