"""What a protected account says, and what is said by somebody who blocks, is nowhere to be read.

Whatever an endpoint is for: all that can be read with a token is asked here, so a new endpoint is
asked too.
"""

import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import pytest
from msgspec.structs import fields

from gateway.endpoints import Endpoint
from gateway.modules import ENDPOINTS
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up
from tests.person import Person

SECONDS = 60.0
NO_ANSWER = ("stream",)
"""In paths of endpoints whose answers do not end."""

NOTIFICATIONS = "/2/users/{id}/notifications"

OF_LISTS = {
    "/2/lists/{id}",
    "/2/lists/{id}/followers",
    *(f"/2/users/{{id}}/{what}" for what in ("owned_lists", "list_memberships", "followed_lists")),
    "/2/users/{id}/pinned_lists",
}
TELLING = OF_LISTS | {
    "/2/lists/{id}/members",
    "/2/lists/{id}/tweets",
    "/2/tweets",
    "/2/tweets/counts/all",
    "/2/tweets/counts/recent",
    "/2/tweets/search/all",
    "/2/tweets/search/recent",
    "/2/tweets/{id}",
    "/2/tweets/{id}/history",
    "/2/tweets/{id}/liking_users",
    "/2/tweets/{id}/quote_tweets",
    "/2/tweets/{id}/replies",
    "/2/tweets/{id}/retweeted_by",
    "/2/tweets/{id}/retweets",
    "/2/users",
    "/2/users/by",
    "/2/users/by/username/{username}",
    "/2/users/{id}",
    "/2/users/{id}/bookmarks",
    "/2/users/{id}/following",
    "/2/users/{id}/liked_tweets",
    "/2/users/{id}/mentions",
    "/2/users/{id}/notifications",
    "/2/users/{id}/timelines/reverse_chronological",
    "/2/users/{id}/tweets",
}
"""All that tells while nothing is hidden: what never did would prove nothing afterwards."""
EXPANSIONS = "author_id,referenced_tweets.id,referenced_tweets.id.author_id,pinned_tweet_id"


class World(NamedTuple):
    """What alice says holds `secret`; bob may see it, and carla may not any more, nor what alice
    likes and retweets."""

    secret: str
    alice: Person
    bob: Person
    carla: Person
    tweets: list[str]
    users: list[str]
    lists: list[str]


async def a_world(alice: Person, bob: Person, carla: Person) -> World:
    """Alice, whom both follow, has been quoted, retweeted, liked, marked and put on lists."""
    secret = f"kite{secrets.token_hex(5)}"
    said = f"{secret} #{secret} @{carla.username}"
    by_bob, by_carla = await bob.tweet("Any news?"), await carla.tweet("Any birds?")
    for person in (bob, carla):
        await person.follow(alice)
        await carla.follow(person) if person is bob else None
    told = await alice.tweet(said)
    answers = [
        await alice.tweet(said, reply={"in_reply_to_tweet_id": parent})
        for parent in (by_bob, by_carla)
    ]
    quote = await bob.tweet("She says", quote_tweet_id=told)
    lists = []
    for person in (bob, carla):
        made = await person.call("POST", "/2/lists", json={"name": "Birds"})
        lists.append(made.data["id"])
        members = f"/2/lists/{lists[-1]}/members"
        await person.call("POST", members, json={"user_id": alice.id})
        for mark in ("likes", "bookmarks", "retweets"):
            for tweet in (told, *answers):
                path = f"/2/users/{person.id}/{mark}"
                await person.call("POST", path, json={"tweet_id": tweet})
    for mark in ("likes", "retweets"):
        path = f"/2/users/{alice.id}/{mark}"
        assert (await alice.call("POST", path, json={"tweet_id": by_carla})).status == 200
    made = await alice.call("POST", "/2/lists", json={"name": "Mine", "description": secret})
    lists.append(made.data["id"])
    for person in (bob, carla):
        members = f"/2/lists/{lists[-1]}/members"
        await alice.call("POST", members, json={"user_id": person.id})
    for person in (alice, bob, carla):
        for list_id in lists:
            for choice in ("followed_lists", "pinned_lists"):
                path = f"/2/users/{person.id}/{choice}"
                chosen = await person.call("POST", path, json={"list_id": list_id})
                assert chosen.status == 200, chosen.body
    pin = {"tweet_id": told}
    assert (await alice.call("PUT", f"/2/users/{alice.id}/pinned_tweet", json=pin)).status == 200
    await carla.home()
    tweets = [told, *answers, quote, by_bob, by_carla]
    return World(secret, alice, bob, carla, tweets, [alice.id, bob.id, carla.id], lists)


async def protect(world: World) -> None:
    await world.alice.protect()
    await world.alice.remove_follower(world.carla)


async def block(world: World) -> None:
    await world.alice.block(world.carla)


def asked(endpoint: Endpoint, world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """Every path and query by which the endpoint might be brought to tell."""
    named = {"tweets": world.tweets, "users": world.users, "lists": world.lists}
    of = endpoint.path.split("/")[2]
    choices = {
        "id": named.get(of, ["1"]),
        "ids": [",".join(named.get(of, ["1"]))],
        "username": [world.alice.username],
        "usernames": [world.alice.username],
        "query": [
            world.secret,
            f"#{world.secret}",
            f"from:{world.alice.username}",
            f"to:{world.carla.username}",
            f"conversation_id:{world.tweets[-1]}",
        ],
        "expansions": [EXPANSIONS],
        "user.fields": ["pinned_tweet_id,description"],
        "list.fields": ["description"],
        "tweet.fields": ["author_id,referenced_tweets,entities"],
    }
    known = {field.encode_name for field in fields(endpoint.query)} if endpoint.query else set()
    names = sorted(known & choices.keys())
    for ids in choices["id"]:
        path = endpoint.path.replace("{id}", ids).replace("{username}", world.alice.username)
        for chosen in itertools.product(*(choices[name] for name in names)):
            yield path, dict(zip(names, chosen, strict=True))
        if "{id}" not in path and "{id}" not in endpoint.path:
            return


async def telling(viewer: Person, world: World) -> set[str]:
    """The endpoints that told the viewer what alice says, or how often, or likes."""
    viewer.seen.clear()
    told = set()
    for endpoint in ENDPOINTS:
        if endpoint.method != "GET" or any(part in endpoint.path for part in NO_ANSWER):
            continue
        for path, query in asked(endpoint, world):
            reply = await viewer.call("GET", path, params=query)
            assert reply.status < 500, (path, query, reply.body)
            of_hers = world.secret in query.get("query", "")
            counted = of_hers and reply.body.get("meta", {}).get("total_tweet_count")
            answered = reply.status == 200 and endpoint.path == NOTIFICATIONS
            noticed = answered and world.alice.id in str(reply.body)
            if counted or noticed or world.secret in str(reply.body):
                told.add(endpoint.path)
    return told


@pytest.mark.parametrize("hide", [protect, block])
async def test_no_endpoint_tells(
    hide: Callable[[World], Awaitable[None]],
    alice: Person,
    bob: Person,
    carla: Person,
    stores: Stores,
    servers: Servers,
) -> None:
    world = await a_world(alice, bob, carla)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert await telling(carla, world) == TELLING
    await hide(world)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert await telling(carla, world) == set()
    assert "/2/users/{id}/tweets" in await telling(bob, world)


async def test_no_endpoint_tells_of_anothers_private_list(
    alice: Person, bob: Person, stores: Stores, servers: Servers
) -> None:
    secret = f"kite{secrets.token_hex(5)}"
    tweet = await alice.tweet("Any birds?")
    made = await alice.call(
        "POST", "/2/lists", json={"name": secret, "description": secret, "private": True}
    )
    secret_id = made.data["id"]
    members = f"/2/lists/{secret_id}/members"
    assert (await alice.call("POST", members, json={"user_id": bob.id})).status == 200
    for choice in ("followed_lists", "pinned_lists"):
        path = f"/2/users/{alice.id}/{choice}"
        assert (await alice.call("POST", path, json={"list_id": secret_id})).status == 200
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    world = World(secret, alice, bob, bob, [tweet], [alice.id, bob.id], [secret_id])
    of_users = {path for path in OF_LISTS if path.startswith("/2/users")}
    assert of_users - {"/2/users/{id}/list_memberships"} <= await telling(alice, world)
    assert await telling(bob, world) == set()
