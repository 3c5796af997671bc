"""Lists that are followed and pinned."""

import asyncio
from typing import Any

import pytest
from xdk.users.models import FollowListRequest, PinListRequest

from gateway import list_choices
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.gateway.test_lists import make
from tests.person import Person, Reply
from tests.x_clients import Tweepy, Xdk

COUNT = {"list.fields": "follower_count"}


async def choose(person: Person, list_id: str, what: str = "followed") -> Reply:
    path = f"/2/users/{person.id}/{what}_lists"
    return await person.call("POST", path, json={"list_id": list_id})


async def leave(person: Person, list_id: str, what: str = "followed") -> Reply:
    return await person.call("DELETE", f"/2/users/{person.id}/{what}_lists/{list_id}")


async def chosen(reader: Person, of: Person, what: str = "followed") -> list[str]:
    reply = await reader.call("GET", f"/2/users/{of.id}/{what}_lists")
    assert reply.status == 200, reply.body
    assert reply.body["meta"]["result_count"] == len(reply.body.get("data", []))
    return [one["id"] for one in reply.body.get("data", [])]


async def followers(reader: Person, list_id: str) -> tuple[list[str], int]:
    """Those that are shown, and how many there are."""
    shown = await reader.call("GET", f"/2/lists/{list_id}/followers")
    one = await reader.call("GET", f"/2/lists/{list_id}", params=COUNT)
    assert one.status == 200, one.body
    return [user["id"] for user in shown.body.get("data", [])], one.data["follower_count"]


async def test_a_list_is_followed_and_no_more(alice: Person, bob: Person, carla: Person) -> None:
    birds = await make(alice)
    assert (await choose(bob, birds)).data == {"following": True}
    assert (await choose(bob, birds)).data == {"following": True}
    await choose(carla, birds)
    await choose(alice, birds)
    for other in (bob, carla):
        alice.has_seen(other)
    assert await followers(alice, birds) == ([alice.id, carla.id, bob.id], 3)
    assert await chosen(alice, bob) == [birds]
    assert (await leave(bob, birds)).data == {"following": False}
    assert (await leave(bob, birds)).data == {"following": False}
    alice.has_seen(bob)
    assert await followers(alice, birds) == ([alice.id, carla.id], 2)
    assert await chosen(bob, bob) == []


async def test_of_clicks_at_once_one_counts(alice: Person, bob: Person) -> None:
    birds = await make(alice)
    await asyncio.gather(*(choose(bob, birds) for _ in range(8)))
    assert await followers(bob, birds) == ([bob.id], 1)


async def test_a_list_is_pinned_for_oneself(alice: Person, bob: Person) -> None:
    birds, owls = await make(alice), await make(bob, "Owls", private=True)
    assert (await choose(bob, birds, "pinned")).data == {"pinned": True}
    await choose(bob, owls, "pinned")
    assert await chosen(bob, bob, "pinned") == [owls, birds]
    assert await followers(bob, birds) == ([], 0)
    assert_problem(await alice.call("GET", f"/2/users/{bob.id}/pinned_lists"), 403)
    assert_problem(
        await alice.call("POST", f"/2/users/{bob.id}/pinned_lists", json={"list_id": birds}), 403
    )
    assert (await leave(bob, birds, "pinned")).data == {"pinned": False}
    assert await chosen(bob, bob, "pinned") == [owls]


async def test_of_pins_at_once_no_more_are_taken_than_one_can_have(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_choices, "MAX_PINNED", 2)
    lists = [await make(alice, f"List {n}") for n in range(4)]
    pinned = await asyncio.gather(*(choose(alice, one, "pinned") for one in lists))
    assert sorted(reply.status for reply in pinned) == [200, 200, 403, 403]
    first, second = await chosen(alice, alice, "pinned")
    assert (await choose(alice, first, "pinned")).status == 200
    await leave(alice, second, "pinned")
    left = next(one for one in lists if one not in (first, second))
    assert (await choose(alice, left, "pinned")).status == 200


async def test_a_private_list_is_chosen_by_its_owner_only(alice: Person, bob: Person) -> None:
    secret = await make(alice, "Secret", private=True)
    bob.has_seen(alice)
    never = str(int(secret) + 1)
    for what in ("followed", "pinned"):
        for ask in (choose, leave):
            there, not_there = await ask(bob, secret, what), await ask(bob, never, what)
            assert_problem(there, 404, secret)
            told = str(not_there.body).replace(never, secret)
            assert str(there.body) == told
        assert (await choose(alice, secret, what)).status == 200
    assert await followers(alice, secret) == ([alice.id], 1)
    bob.has_seen(alice)
    assert await chosen(bob, alice) == []
    assert await chosen(alice, alice) == [secret]
    assert_problem(await bob.call("GET", f"/2/lists/{secret}/followers"), 404, secret)


@pytest.mark.parametrize("ended", ["private", "deleted"])
async def test_what_others_chose_of_a_list_ends_with_it(
    alice: Person, bob: Person, ended: str
) -> None:
    birds = await make(alice)
    for person in (alice, bob):
        for what in ("followed", "pinned"):
            assert (await choose(person, birds, what)).status == 200
    if ended == "private":
        await alice.call("PUT", f"/2/lists/{birds}", json={"private": True})
        alice.has_seen(bob)
        assert await followers(alice, birds) == ([alice.id], 1)
        await alice.call("PUT", f"/2/lists/{birds}", json={"private": False})
    else:
        await alice.call("DELETE", f"/2/lists/{birds}")
    bob.has_seen(alice)
    for what in ("followed", "pinned"):
        assert await chosen(bob, bob, what) == []
        assert await chosen(alice, alice, what) == ([birds] if ended == "private" else [])
    assert (await choose(bob, birds)).status == (200 if ended == "private" else 404)


async def test_nobody_chooses_a_list_beyond_a_block(alice: Person, bob: Person) -> None:
    birds, owls = await make(alice), await make(bob)
    for what in ("followed", "pinned"):
        assert (await choose(bob, birds, what)).status == 200
    await alice.block(bob)
    bob.has_seen(alice)
    for what in ("followed", "pinned"):
        assert await chosen(bob, bob, what) == []
        for person, list_id in ((bob, birds), (alice, owls)):
            await graph_has(person)
            assert_problem(await choose(person, list_id, what), 403, list_id)
    assert await followers(alice, birds) == ([], 1)
    assert (await leave(bob, birds)).status == 200
    alice.has_seen(bob)
    assert await followers(alice, birds) == ([], 0)
    await alice.unblock(bob)
    bob.has_seen(alice)
    assert await chosen(bob, bob, "pinned") == [birds]


async def graph_has(person: Person) -> None:
    """Commands do not wait for a view; this read of one's own does."""
    await person.call("GET", f"/2/users/{person.id}/blocking")


async def test_whom_one_does_not_see_is_in_no_page(
    alice: Person, bob: Person, carla: Person
) -> None:
    birds, herons = await make(alice), await make(carla)
    for person in (bob, alice, carla):
        await choose(person, birds)
    await choose(alice, herons)
    await carla.protect()
    for person in (alice, carla):
        bob.has_seen(person)
    assert await followers(bob, birds) == ([alice.id, bob.id], 3)
    assert await chosen(bob, alice) == [birds]
    withheld = await bob.call("GET", f"/2/users/{carla.id}/followed_lists")
    assert withheld.body["errors"][0]["type"].endswith("/not-authorized-for-resource")
    assert_problem(await choose(bob, herons), 403, herons)


async def test_what_is_wrong_is_refused(alice: Person, bob: Person) -> None:
    birds = await make(alice)
    assert_problem(await choose(alice, "7"), 404, "list 7")
    assert_problem(await leave(alice, "7", "pinned"), 404, "list 7")
    assert_problem(await choose(alice, "x"), 400, "list_id")
    path = f"/2/users/{alice.id}/followed_lists"
    assert_problem(await bob.call("POST", path, json={"list_id": birds}), 403, alice.id)
    assert_problem(await bob.call("DELETE", f"{path}/{birds}"), 403, alice.id)
    assert_problem(await alice.call("GET", "/2/users/7/followed_lists"), 404, "user 7")


async def test_lists_and_followers_are_paged_both_ways(
    alice: Person, bob: Person, register: Register
) -> None:
    lists = [await make(alice, f"List {n}") for n in range(5)]
    for one in lists:
        await choose(bob, one)
    people = [await register(f"f{n}") for n in range(4)]
    for person in people:
        await choose(person, lists[0])
        bob.has_seen(person)
    bob.has_seen(alice)
    users = [person.id for person in people]
    await both_ways(bob, f"/2/users/{bob.id}/followed_lists", lists[::-1])
    await both_ways(bob, f"/2/users/{alice.id}/owned_lists", lists[::-1])
    await both_ways(bob, f"/2/lists/{lists[0]}/followers", [*users[::-1], bob.id])


async def both_ways(person: Person, path: str, wanted: list[str]) -> None:
    """`wanted`: the five that the pages hold."""
    ids, first = await a_page(person, path, None)
    assert (ids, "previous_token" in first) == (wanted[:2], False)
    ids, second = await a_page(person, path, first["next_token"])
    assert ids == wanted[2:4]
    ids, third = await a_page(person, path, second["next_token"])
    assert (ids, "next_token" in third) == (wanted[4:], False)
    ids, back = await a_page(person, path, third["previous_token"])
    assert ids == wanted[2:4]
    assert await a_page(person, path, back["next_token"]) == (wanted[4:], third)
    ids, back = await a_page(person, path, back["previous_token"])
    assert (ids, "previous_token" in back) == (wanted[:2], False)
    ids, back = await a_page(person, path, second["previous_token"])
    assert ids == wanted[:2]


async def a_page(person: Person, path: str, token: str | None) -> tuple[list[str], dict[str, Any]]:
    params = {"max_results": "2"} | ({"pagination_token": token} if token else {})
    reply = await person.call("GET", path, params=params)
    assert reply.status == 200, reply.body
    return [one["id"] for one in reply.body.get("data", [])], reply.body["meta"]


async def shown(person: Person, path: str, wanted: list[str]) -> None:
    """A client of X cannot ask for a position: this waits until the view has what is wanted."""
    found = None
    async with asyncio.timeout(60):
        while found != wanted:
            reply = await person.call("GET", path)
            found = [one["id"] for one in reply.body.get("data", [])]
            await asyncio.sleep(0.01)


async def test_tweepy_follows_and_pins_lists(
    alice: Person, bob: Person, with_tweepy: Tweepy
) -> None:
    birds, owls = await make(bob), await make(bob, "Owls")
    for list_id in (birds, owls):
        followed = await with_tweepy("follow_list", list_id, user_auth=False)
        assert followed.data == {"following": True}
        pinned = await with_tweepy("pin_list", list_id, user_auth=False)
        assert pinned.data == {"pinned": True}
    await shown(alice, f"/2/users/{alice.id}/followed_lists", [owls, birds])
    pages = await with_tweepy.pages("get_followed_lists", alice.id, max_results=1)
    assert [[str(one.id) for one in page] for page in pages] == [[owls], [birds]]
    people = await with_tweepy("get_list_followers", birds, max_results=5)
    assert [str(user.id) for user in people.data] == [alice.id]
    await shown(alice, f"/2/users/{alice.id}/pinned_lists", [owls, birds])
    pinned = await with_tweepy(
        "get_pinned_lists",
        list_fields=["follower_count"],
        expansions=["owner_id"],
        user_auth=False,
    )
    assert [(str(one.id), one.follower_count) for one in pinned.data] == [(owls, 1), (birds, 1)]
    assert [str(user.id) for user in pinned.includes["users"]] == [bob.id]
    unpinned = await with_tweepy("unpin_list", birds, user_auth=False)
    assert unpinned.data == {"pinned": False}
    unfollowed = await with_tweepy("unfollow_list", birds, user_auth=False)
    assert unfollowed.data == {"following": False}
    await shown(alice, f"/2/users/{alice.id}/followed_lists", [owls])


async def test_xdk_follows_and_pins_lists(alice: Person, bob: Person, with_xdk: Xdk) -> None:
    birds, owls = await make(bob), await make(bob, "Owls")
    for list_id in (birds, owls):
        asked = FollowListRequest(list_id=list_id)
        followed = await with_xdk("users", "follow_list", alice.id, asked)
        assert followed.data.following is True
        pinned = await with_xdk("users", "pin_list", alice.id, PinListRequest(list_id=list_id))
        assert pinned.data.pinned is True
    await shown(alice, f"/2/users/{alice.id}/followed_lists", [owls, birds])
    pages = await with_xdk.pages("users", "get_followed_lists", alice.id, max_results=1)
    assert [[one.id for one in page] for page in pages] == [[owls], [birds]]
    people = await with_xdk.pages("lists", "get_followers", birds)
    assert [[user.id for user in page] for page in people] == [[alice.id]]
    await shown(alice, f"/2/users/{alice.id}/pinned_lists", [owls, birds])
    pinned = await with_xdk("users", "get_pinned_lists", alice.id, list_fields=["follower_count"])
    assert [(one.id, one.follower_count) for one in pinned.data] == [(owls, 1), (birds, 1)]
    assert pinned.meta.result_count == 2
    unpinned = await with_xdk("users", "unpin_list", alice.id, birds)
    assert unpinned.data.pinned is False
    unfollowed = await with_xdk("users", "unfollow_list", alice.id, birds)
    assert unfollowed.data.following is False
    await shown(alice, f"/2/users/{alice.id}/followed_lists", [owls])
