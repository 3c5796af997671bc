"""Profiles, their edits, and pinned tweets."""

import asyncio
import secrets
from typing import Any

import pytest

from schemas.servers import Servers
from streams.tail import lines
from tests.gateway.problems import assert_problem
from tests.person import Person

EVERYTHING = {
    "user.fields": "description,entities,location,pinned_tweet_id,pinned_post_id,protected,url,"
    "verified,verified_type,profile_image_url,connection_status,created_at,public_metrics"
}


async def profile(viewer: Person, of: Person, **more: str) -> dict[str, Any]:
    reply = await viewer.call("GET", f"/2/users/{of.id}", params={**EVERYTHING, **more})
    assert reply.status == 200, reply.body
    shown: dict[str, Any] = reply.data
    return shown


async def test_what_is_changed_shows_and_the_rest_stays(alice: Person, bob: Person) -> None:
    changed = await alice.change_profile(
        name=" Alice  A. ",
        description="Counts #herons for @canal_trust\r\nhttps://example.com/herons",
        location="Bath",
        url="example.com/alice",
    )
    assert (changed.status, changed.data["name"]) == (200, "Alice  A.")
    shown = await profile(bob, alice)
    assert shown["name"] == "Alice  A."
    assert shown["description"] == "Counts #herons for @canal_trust\nhttps://example.com/herons"
    assert (shown["location"], shown["url"]) == ("Bath", "http://example.com/alice")
    assert (shown["protected"], shown["verified"]) == (False, False)
    assert shown["verified_type"] == "none"
    assert "profile_image_url" not in shown
    assert "pinned_tweet_id" not in shown
    (url,) = shown["entities"]["url"]["urls"]
    assert (url["start"], url["end"], url["url"]) == (0, 24, "http://example.com/alice")
    described = shown["entities"]["description"]
    assert described["hashtags"] == [{"start": 7, "end": 14, "tag": "herons"}]
    assert described["mentions"] == [{"start": 19, "end": 31, "username": "canal_trust"}]
    assert [url["start"] for url in described["urls"]] == [32]
    await alice.change_profile(location="", url="")
    shown = await profile(bob, alice)
    assert "location" not in shown
    assert (shown["url"], shown["name"]) == ("", "Alice  A.")


async def test_a_rename_is_in_force_at_once(alice: Person, bob: Person) -> None:
    old, new = alice.username, f"n_{secrets.token_hex(5)}"
    assert (await alice.change_profile(username=new)).data["username"] == new
    found = await bob.call("GET", f"/2/users/by/username/{new.upper()}")
    assert found.data["id"] == alice.id
    assert_problem(await bob.call("GET", f"/2/users/by/username/{old}"), 404, old)
    assert (await alice.change_profile(username=new.upper())).data["username"] == new.upper()
    assert (await bob.change_profile(username=old)).status == 200


async def test_a_name_that_somebody_has_is_a_409(alice: Person, bob: Person) -> None:
    taken = await alice.change_profile(username=bob.username.upper(), location="Bath")
    assert_problem(taken, 409, bob.username.upper(), "taken")
    assert "location" not in await profile(bob, alice)


async def test_of_two_who_want_a_name_at_once_one_gets_it(alice: Person, bob: Person) -> None:
    name = f"n_{secrets.token_hex(5)}"
    replies = await asyncio.gather(
        alice.change_profile(username=name), bob.change_profile(username=name.upper())
    )
    assert sorted(reply.status for reply in replies) == [200, 409]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 51),
        ("name", "two\nlines"),
        ("name", "turned \u202e round"),
        ("username", "no spaces"),
        ("username", "sixteen_letters_"),
        ("username", "alice\n"),
        ("description", "x" * 161),
        ("description", "bell \x07"),
        ("location", "x" * 31),
        ("url", "javascript:alert(1)"),
        ("url", "ftp://example.com"),
        ("url", "http://"),
        ("url", "http://a b"),
        ("url", "x" * 95),
        ("protected", "yes"),
        ("email", "a@b.example"),
        ("user_id", "7"),
    ],
)
async def test_what_a_profile_may_not_say(field: str, said: str, alice: Person) -> None:
    assert_problem(await alice.change_profile(**{field: said}), 400, field)


async def on_the_log(servers: Servers, person: Person, count: int) -> list[dict[str, Any]]:
    """The events of a person's profile, once there are `count`."""
    async with asyncio.timeout(60):
        while True:
            read = lines(servers.kafka, "users", key=person.id, start=0, follow=False)
            found = [line.event async for line in read]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


async def test_every_change_is_on_the_log_in_order(alice: Person, servers: Servers) -> None:
    await alice.change_profile(location="Bath")
    await alice.change_profile(location="Bath")
    await alice.change_profile(description="Reeds", protected=True)
    registered, first, second = await on_the_log(servers, alice, 3)
    assert registered["type"] == "UserRegistered"
    assert (first["type"], first["location"], first["user_id"]) == (
        "ProfileChanged",
        "Bath",
        alice.id,
    )
    assert (second["location"], second["description"], second["protected"]) == (
        "Bath",
        "Reeds",
        True,
    )
    assert not {"email", "password_hash"} & second.keys()


async def test_the_last_event_of_changes_at_once_is_the_profile(
    alice: Person, servers: Servers
) -> None:
    changes = [{"location": f"Place {n}"} if n % 2 else {"name": f"Name {n}"} for n in range(12)]
    await asyncio.gather(*(alice.change_profile(**change) for change in changes))
    last = (await on_the_log(servers, alice, 1 + len(changes)))[-1]
    shown = await profile(alice, alice)
    assert (last["name"], last["location"]) == (shown["name"], shown["location"])


async def test_a_pinned_tweet_shows_until_it_is_deleted(alice: Person, bob: Person) -> None:
    tweet = await alice.tweet("Read this first")
    path = f"/2/users/{alice.id}/pinned_tweet"
    assert (await alice.call("PUT", path, json={"tweet_id": tweet})).data == {"pinned": True}
    bob.has_seen(alice)
    expanded = {"expansions": "pinned_tweet_id"}
    shown = await bob.call("GET", f"/2/users/{alice.id}", params=expanded)
    assert shown.data.keys() == {"id", "name", "username", "pinned_tweet_id"}
    shown = await bob.call("GET", f"/2/users/{alice.id}", params={**EVERYTHING, **expanded})
    assert shown.data["pinned_tweet_id"] == shown.data["pinned_post_id"] == tweet
    assert [t["text"] for t in shown.body["includes"]["tweets"]] == ["Read this first"]
    assert shown.body["includes"]["posts"] == shown.body["includes"]["tweets"]
    await alice.delete(tweet)
    bob.has_seen(alice)
    shown = await bob.call("GET", f"/2/users/{alice.id}", params={**EVERYTHING, **expanded})
    assert "pinned_tweet_id" not in shown.data
    assert "includes" not in shown.body


async def test_a_pin_can_be_taken_off(alice: Person, bob: Person) -> None:
    path = f"/2/users/{alice.id}/pinned_tweet"
    await alice.call("PUT", path, json={"tweet_id": await alice.tweet("One")})
    assert (await alice.call("DELETE", path)).data == {"pinned": False}
    bob.has_seen(alice)
    assert "pinned_tweet_id" not in await profile(bob, alice)


async def test_only_ones_own_tweet_can_be_pinned(alice: Person, bob: Person) -> None:
    path = f"/2/users/{alice.id}/pinned_tweet"
    others = {"tweet_id": await bob.tweet("Mine")}
    assert_problem(await alice.call("PUT", path, json=others), 403)
    assert_problem(await bob.call("PUT", path, json=others), 403, alice.id)
    assert_problem(await alice.call("PUT", path, json={"tweet_id": "7"}), 404, "tweet 7")


async def test_what_a_protected_person_pinned_is_for_followers(alice: Person, bob: Person) -> None:
    path = f"/2/users/{alice.id}/pinned_tweet"
    await alice.call("PUT", path, json={"tweet_id": await alice.tweet("For friends")})
    await alice.protect()
    bob.has_seen(alice)
    shown = await profile(bob, alice)
    assert shown["protected"] is True
    assert "pinned_tweet_id" not in shown
