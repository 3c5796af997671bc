"""Lists: made, filled, shown, and what is nobody else's business."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from xdk.lists.models import AddMemberRequest, CreateRequest, UpdateRequest

from events.log import Log
from events.positions import Position
from gateway import list_members, lists
from gateway.app import make_app
from gateway.limits import OFF
from projections.counters import Counters
from projections.graph import Graph
from projections.lists import ListRow, Lists
from schemas.events import Event, ListChanged, UserBlocked
from schemas.servers import Servers
from tests.conftest import Register
from tests.gateway.happening import waited_for
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply
from tests.x_clients import Tweepy, Xdk

ALL = "created_at,description,follower_count,member_count,owner_id,private"


async def make(person: Person, name: str = "Birders", **more: Any) -> str:
    reply = await person.call("POST", "/2/lists", json={"name": name, **more})
    assert reply.status == 201, reply.body
    return str(reply.data["id"])


async def add(person: Person, list_id: str, other: Person) -> Reply:
    return await person.call("POST", f"/2/lists/{list_id}/members", json={"user_id": other.id})


async def remove(person: Person, list_id: str, other: Person) -> Reply:
    return await person.call("DELETE", f"/2/lists/{list_id}/members/{other.id}")


async def test_a_list_is_made_shown_changed_and_deleted(alice: Person, bob: Person) -> None:
    list_id = await make(alice, description="Who watches birds")
    bob.has_seen(alice)
    params = {"list.fields": ALL, "expansions": "owner_id", "user.fields": "username"}
    shown = await bob.call("GET", f"/2/lists/{list_id}", params=params)
    created_at = shown.data.pop("created_at")
    assert created_at.endswith("Z")
    assert shown.data == {
        "id": list_id,
        "name": "Birders",
        "description": "Who watches birds",
        "follower_count": 0,
        "member_count": 0,
        "owner_id": alice.id,
        "private": False,
    }
    assert [user["username"] for user in shown.body["includes"]["users"]] == [alice.username]
    owned = await bob.call("GET", f"/2/lists/{list_id}", params={"expansions": "owner_id"})
    assert owned.data == {"id": list_id, "name": "Birders", "owner_id": alice.id}
    changed = await alice.call("PUT", f"/2/lists/{list_id}", json={"name": "Owls"})
    assert changed.data == {"updated": True}
    again = await alice.call("PUT", f"/2/lists/{list_id}", json={"description": "At night"})
    assert again.status == 200
    shown = await alice.call("GET", f"/2/lists/{list_id}", params={"list.fields": "description"})
    assert shown.data == {"id": list_id, "name": "Owls", "description": "At night"}
    assert (await alice.call("DELETE", f"/2/lists/{list_id}")).data == {"deleted": True}
    assert_problem(await alice.call("GET", f"/2/lists/{list_id}"), 404, list_id)


async def test_a_list_waits_for_what_it_shows_of_its_owner(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await make(alice)
    await bob.follow(alice)
    await alice.tweet("Siskins")
    alice.has_seen(bob)
    views = [waited_for(view, monkeypatch) for view in (Counters, Graph)]
    params = {"expansions": "owner_id", "user.fields": "public_metrics"}
    reply = await alice.call("GET", f"/2/lists/{list_id}", params=params)
    assert all(views)
    (owner,) = reply.body["includes"]["users"]
    metrics = owner["public_metrics"]
    assert (metrics["followers_count"], metrics["post_count"]) == (1, 1)


async def test_members_come_and_go_and_are_counted(
    alice: Person, bob: Person, carla: Person
) -> None:
    list_id = await make(alice)
    assert (await add(alice, list_id, bob)).data == {"is_member": True}
    await add(alice, list_id, carla)
    await add(alice, list_id, bob)
    members = await alice.pages(f"/2/lists/{list_id}/members", max_results="1")
    assert [[user["id"] for user in page] for page in members] == [[carla.id], [bob.id]]
    bob.has_seen(alice)
    params = {"list.fields": "member_count"}
    of_bob = await bob.call("GET", f"/2/users/{bob.id}/list_memberships", params=params)
    assert of_bob.data == [{"id": list_id, "name": "Birders", "member_count": 2}]
    assert (await remove(alice, list_id, carla)).data == {"is_member": False}
    carla.has_seen(alice)
    of_carla = await carla.call("GET", f"/2/users/{carla.id}/list_memberships")
    assert of_carla.body == {"meta": {"result_count": 0}}


async def test_a_full_list_takes_nobody_more(
    alice: Person, bob: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_members, "MAX_MEMBERS", 1)
    list_id = await make(alice)
    assert (await add(alice, list_id, bob)).status == 200
    members = f"/2/lists/{list_id}/members"
    assert len((await alice.call("GET", members)).data) == 1
    assert_problem(await add(alice, list_id, carla), 403, "has 1 members")
    assert (await remove(alice, list_id, bob)).status == 200
    assert (await alice.call("GET", members)).body == {"meta": {"result_count": 0}}
    assert (await add(alice, list_id, carla)).status == 200


async def test_a_lists_timeline_is_what_its_members_write_newest_first(
    alice: Person, bob: Person, carla: Person, register: Register
) -> None:
    dora = await register("dora")
    list_id = await make(alice)
    written = []
    for number, author in enumerate([bob, carla, dora, bob, carla, alice]):
        written.append((author, await author.tweet(f"Heron {number}")))
    path = f"/2/users/{bob.id}/retweets"
    retweet = await bob.call("POST", path, json={"tweet_id": written[2][1]})
    assert retweet.status == 200
    for member in (bob, carla):
        alice.has_seen(member)
        await add(alice, list_id, member)
    ids = [retweet.data["rest_id"], *(i for who, i in written[::-1] if who in (bob, carla))]
    timeline = f"/2/lists/{list_id}/tweets"
    assert [[t["id"] for t in page] for page in await alice.pages(timeline)] == [ids]
    pages = await alice.pages(timeline, max_results="2")
    assert [[t["id"] for t in page] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    only = await alice.call(
        "GET", timeline, params={"exclude": "retweets", "expansions": "author_id"}
    )
    assert [tweet["id"] for tweet in only.data] == ids[1:]
    assert {user["id"] for user in only.body["includes"]["users"]} == {bob.id, carla.id}
    await remove(alice, list_id, bob)
    assert {t["id"] for t in (await alice.call("GET", timeline)).data} == {ids[1], ids[3]}
    await alice.call("PUT", f"/2/lists/{list_id}", json={"private": True})
    dora.has_seen(alice)
    assert_problem(await dora.call("GET", timeline), 404, list_id)


async def test_a_profile_says_on_how_many_lists_everybody_sees_one(
    alice: Person, bob: Person
) -> None:
    for private in (False, True):
        await add(alice, await make(alice, private=private), bob)
    shown = await alice.call("GET", f"/2/users/{bob.id}", params={"user.fields": "public_metrics"})
    assert shown.data["public_metrics"]["listed_count"] == 1


async def test_private_lists_are_their_owners(alice: Person, bob: Person) -> None:
    public, secret = await make(alice), await make(alice, "Secret", private=True)
    await add(alice, secret, bob)
    bob.has_seen(alice)
    for path in (f"/2/lists/{secret}", f"/2/lists/{secret}/members"):
        assert_problem(await bob.call("GET", path), 404, secret)
    assert_problem(await add(bob, secret, bob), 404, secret)
    assert_problem(await bob.call("DELETE", f"/2/lists/{secret}"), 404, secret)
    owned = f"/2/users/{alice.id}/owned_lists"
    assert [found["id"] for found in (await bob.call("GET", owned)).data] == [public]
    assert [found["id"] for found in (await alice.call("GET", owned)).data] == [secret, public]
    memberships = await bob.call("GET", f"/2/users/{bob.id}/list_memberships")
    assert memberships.body == {"meta": {"result_count": 0}}


async def test_of_lists_made_at_once_no_more_are_taken_than_one_can_have(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_LISTS", 3)
    body = {"name": "Birders"}
    made = await asyncio.gather(*(alice.call("POST", "/2/lists", json=body) for _ in range(8)))
    assert sorted(reply.status for reply in made) == [201] * 3 + [403] * 5
    owned = await alice.call("GET", f"/2/users/{alice.id}/owned_lists")
    assert owned.body["meta"]["result_count"] == 3
    (first, *_) = owned.data
    assert (await alice.call("DELETE", f"/2/lists/{first['id']}")).status == 200
    assert (await alice.call("POST", "/2/lists", json=body)).status == 201


async def test_the_lists_of_whom_one_may_not_see_are_not_shown(
    alice: Person, bob: Person, carla: Person
) -> None:
    list_id = await make(alice)
    await bob.follow(alice)
    for member in (alice, bob, carla):
        alice.has_seen(member)
        await add(alice, list_id, member)
    of_bob = await make(bob, "Herons")
    bob.has_seen(alice)
    await add(bob, of_bob, alice)
    await alice.protect()
    carla.has_seen(alice)
    carla.has_seen(bob)
    for path in ("", "/members", "/tweets"):
        assert_problem(await carla.call("GET", f"/2/lists/{list_id}{path}"), 403, "authorized")
        assert (await bob.call("GET", f"/2/lists/{list_id}{path}")).status == 200
    for what in ("owned_lists", "list_memberships"):
        path = f"/2/users/{alice.id}/{what}"
        withheld = await carla.call("GET", path)
        assert (withheld.status, withheld.body["meta"]) == (200, {"result_count": 0})
        assert withheld.body["errors"][0]["type"].endswith("/not-authorized-for-resource")
        assert (await bob.call("GET", path)).body["meta"]["result_count"] > 0
        assert (await alice.call("GET", path)).body["meta"]["result_count"] > 0
    own = await carla.call("GET", f"/2/users/{carla.id}/list_memberships")
    assert own.body == {"meta": {"result_count": 0}}
    of_others = await carla.call("GET", f"/2/users/{bob.id}/list_memberships")
    assert of_others.body == {"meta": {"result_count": 0}}
    assert (await carla.call("GET", f"/2/lists/{of_bob}")).status == 200


async def test_of_changes_through_two_gateways_each_keeps_what_it_did_not_give(
    alice: Person, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await make(alice)
    decided, go_on, append = asyncio.Event(), asyncio.Event(), Log.append

    async def held(self: Log, event: Event) -> Position:
        if isinstance(event, ListChanged) and event.name == "Owls":
            decided.set()
            await go_on.wait()
        return await append(self, event)

    monkeypatch.setattr(Log, "append", held)
    server = TestServer(make_app(servers, limits_times=OFF))
    await server.start_server()
    async with ClientSession() as session:
        other = Person(session, str(server.make_url("")).rstrip("/"), alice.id, "", alice.token)
        path = f"/2/lists/{list_id}"
        renaming = asyncio.create_task(other.call("PUT", path, json={"name": "Owls"}))
        async with asyncio.timeout(60):
            await decided.wait()
        assert (await alice.call("PUT", path, json={"private": True})).status == 200
        go_on.set()
        assert (await renaming).status == 200
        alice.has_seen(other)
    await server.close()
    shown = await alice.call("GET", path, params={"list.fields": "private"})
    assert shown.data == {"id": list_id, "name": "Owls", "private": True}


async def test_a_new_list_is_there_by_its_id_before_the_view_has_it(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await make(alice)
    find = Lists.find
    for path in ("", "/members", "/followers"):
        looks = 0

        async def late(self: Lists, list_ids: Iterable[int]) -> dict[int, ListRow]:
            nonlocal looks
            looks += 1
            return {} if looks == 1 else await find(self, list_ids)

        monkeypatch.setattr(Lists, "find", late)
        alice.seen.clear()
        assert (await alice.call("GET", f"/2/lists/{list_id}{path}")).status == 200


async def test_nobody_changes_anothers_list(alice: Person, bob: Person) -> None:
    list_id = await make(alice)
    assert_problem(await bob.call("PUT", f"/2/lists/{list_id}", json={"name": "x"}), 403, list_id)
    assert_problem(await bob.call("DELETE", f"/2/lists/{list_id}"), 403, list_id)
    assert_problem(await add(bob, list_id, bob), 403, list_id)
    assert_problem(await remove(bob, list_id, bob), 403, list_id)


async def test_who_has_blocked_one_is_put_on_no_list(alice: Person, bob: Person, log: Log) -> None:
    list_id = await make(alice)
    await add(alice, list_id, bob)
    block = UserBlocked(event_id=1, at=1, actor=int(bob.id), request_id="t", target=int(alice.id))
    alice.seen["graph"] = str(await log.append(block))
    members = await alice.call("GET", f"/2/lists/{list_id}/members")
    assert members.body == {"meta": {"result_count": 0}}
    assert_problem(await add(alice, list_id, bob), 403, bob.id)


async def test_what_is_wrong_is_refused(alice: Person) -> None:
    for body, said in (
        ({"name": ""}, "name"),
        ({"name": "n" * 26}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name: it holds U+0000"),
        ({"name": "\u202eabc"}, "name: it holds U+202E"),
        ({"name": "a", "description": "\u2067abc"}, "description: it holds U+2067"),
        ({"name": "a", "description": "d" * 101}, "description"),
        ({"name": "a", "private": "yes"}, "private"),
        ({"description": "a"}, "name"),
    ):
        assert_problem(await alice.call("POST", "/2/lists", json=body), 400, said)
    list_id = await make(alice)
    members = f"/2/lists/{list_id}/members"
    assert_problem(await alice.call("POST", members, json={"user_id": "7"}), 404, "user 7")
    assert_problem(await alice.call("GET", "/2/lists/7"), 404, "list 7")
    assert_problem(await alice.call("PUT", "/2/lists/7", json={}), 404, "list 7")
    assert_problem(await alice.call("GET", "/2/users/7/owned_lists"), 404, "user 7")
    wrong = await alice.call("GET", f"/2/lists/{list_id}", params={"list.fields": "colour"})
    assert_problem(wrong, 400, "colour")


async def on_the_list(person: Person, list_id: str, other: Person) -> None:
    """A client of X cannot ask for a position: this waits until the view has the member."""
    async with asyncio.timeout(60):
        while True:
            reply = await person.call("GET", f"/2/lists/{list_id}/members")
            if other.id in [user["id"] for user in reply.body.get("data", [])]:
                return
            await asyncio.sleep(0.01)


async def test_tweepy_keeps_a_list(alice: Person, bob: Person, with_tweepy: Tweepy) -> None:
    made = await with_tweepy("create_list", "Birders", description="d", user_auth=False)
    list_id = made.data["id"]
    updated = await with_tweepy("update_list", list_id, name="Owls", user_auth=False)
    assert updated.data == {"updated": True}
    added = await with_tweepy("add_list_member", list_id, bob.id, user_auth=False)
    assert added.data == {"is_member": True}
    await on_the_list(alice, list_id, bob)
    members = await with_tweepy("get_list_members", list_id)
    assert [user.id for user in members.data] == [int(bob.id)]
    fields = ["member_count", "created_at", "owner_id"]
    shown = await with_tweepy("get_list", list_id, list_fields=fields, expansions=["owner_id"])
    assert (shown.data.name, shown.data.member_count) == ("Owls", 1)
    assert [user.id for user in shown.includes["users"]] == [int(alice.id)]
    assert [
        page[0].data["id"] for page in await with_tweepy.pages("get_owned_lists", alice.id)
    ] == [list_id]
    memberships = await with_tweepy.pages("get_list_memberships", bob.id)
    assert [found.data["id"] for page in memberships for found in page] == [list_id]
    removed = await with_tweepy("remove_list_member", list_id, bob.id, user_auth=False)
    assert removed.data == {"is_member": False}
    assert (await with_tweepy("delete_list", list_id, user_auth=False)).data == {"deleted": True}


async def test_xdk_keeps_a_list(alice: Person, bob: Person, with_xdk: Xdk) -> None:
    made = await with_xdk("lists", "create", body=CreateRequest(name="Birders"))
    list_id = made.data.id
    updated = await with_xdk("lists", "update", list_id, body=UpdateRequest(name="Owls"))
    assert updated.data.updated
    added = await with_xdk("lists", "add_member", list_id, body=AddMemberRequest(user_id=bob.id))
    assert added.data.is_member
    await on_the_list(alice, list_id, bob)
    shown = await with_xdk("lists", "get_by_id", list_id, list_fields=["member_count", "private"])
    assert (shown.data.name, shown.data.member_count) == ("Owls", 1)
    members = await with_xdk.pages("lists", "get_members", list_id)
    assert [user.id for page in members for user in page] == [bob.id]
    owned = await with_xdk.pages("users", "get_owned_lists", alice.id)
    assert [found.id for page in owned for found in page] == [list_id]
    memberships = await with_xdk.pages("users", "get_list_memberships", bob.id)
    assert [found.id for page in memberships for found in page] == [list_id]
    removed = await with_xdk("lists", "remove_member_by_user_id", list_id, bob.id)
    assert not removed.data.is_member
    assert (await with_xdk("lists", "delete", list_id)).data.deleted


async def five_on_a_list(owner: Person, *members: Person) -> tuple[str, list[str]]:
    """A list, and the ids of the five tweets that its timeline shows, newest first."""
    list_id = await make(owner)
    for member in members:
        await add(owner, list_id, member)
    posted = []
    for number in range(5):
        author = members[number % len(members)]
        posted.append(await author.tweet(f"Siskin {number}"))
        owner.has_seen(author)
    shown = await owner.call("GET", f"/2/lists/{list_id}/tweets")
    assert [tweet["id"] for tweet in shown.data] == posted[::-1]
    return list_id, posted[::-1]


async def test_tweepy_pages_through_a_lists_timeline(
    alice: Person, bob: Person, carla: Person, with_tweepy: Tweepy
) -> None:
    list_id, posted = await five_on_a_list(alice, bob, carla)
    pages = await with_tweepy.pages(
        "get_list_tweets", list_id, max_results=2, expansions="author_id"
    )
    assert [[str(tweet.id) for tweet in page] for page in pages] == [
        posted[:2],
        posted[2:4],
        posted[4:],
    ]
    whole = await with_tweepy("get_list_tweets", list_id, expansions="author_id")
    assert {str(user.id) for user in whole.includes["users"]} == {bob.id, carla.id}


async def test_xdk_pages_through_a_lists_timeline(
    alice: Person, bob: Person, carla: Person, with_xdk: Xdk
) -> None:
    list_id, posted = await five_on_a_list(alice, bob, carla)
    pages = await with_xdk.pages(
        "lists", "get_posts", list_id, max_results=2, post_fields=["created_at", "author_id"]
    )
    assert [[post.id for post in page] for page in pages] == [posted[:2], posted[2:4], posted[4:]]
    assert pages[0][0].author_id == bob.id
