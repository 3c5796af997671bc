"""Following and unfollowing."""

from tests.gateway.problems import assert_problem
from tests.person import Person


async def test_a_follow_shows_on_both_sides(alice: Person, bob: Person) -> None:
    followed = await bob.follow(alice)
    assert followed.status == 200
    assert followed.data == {"following": True, "pending_follow": False}
    alice.has_seen(bob)
    followers = await alice.call("GET", f"/2/users/{alice.id}/followers")
    assert [user["username"] for user in followers.data] == [bob.username]
    assert followers.body["meta"] == {"result_count": 1}
    following = await bob.call("GET", f"/2/users/{bob.id}/following")
    assert [user["id"] for user in following.data] == [alice.id]


async def test_an_unfollow_ends_it(alice: Person, bob: Person) -> None:
    await bob.follow(alice)
    ended = await bob.unfollow(alice)
    assert (ended.status, ended.data) == (200, {"following": False})
    following = await bob.call("GET", f"/2/users/{bob.id}/following")
    assert following.body == {"meta": {"result_count": 0}}
    metrics = {"user.fields": "public_metrics"}
    shown = await bob.call("GET", f"/2/users/{alice.id}", params=metrics)
    assert shown.data["public_metrics"]["followers_count"] == 0


async def test_following_twice_counts_once(alice: Person, bob: Person) -> None:
    assert (await bob.follow(alice)).status == 200
    assert (await bob.follow(alice)).status == 200
    following = await bob.call("GET", f"/2/users/{bob.id}/following")
    assert [user["id"] for user in following.data] == [alice.id]
    metrics = {"user.fields": "public_metrics"}
    shown = await bob.call("GET", f"/2/users/{alice.id}", params=metrics)
    assert shown.data["public_metrics"]["followers_count"] == 1


async def test_unfollowing_somebody_who_was_not_followed_changes_nothing(
    alice: Person, bob: Person
) -> None:
    assert (await bob.unfollow(alice)).status == 200
    metrics = {"user.fields": "public_metrics"}
    shown = await bob.call("GET", f"/2/users/{alice.id}", params=metrics)
    assert shown.data["public_metrics"]["followers_count"] == 0


async def test_nobody_follows_themselves(alice: Person) -> None:
    assert_problem(await alice.follow(alice), 400, "target_user_id")


async def test_nobody_unfollows_themselves(alice: Person) -> None:
    assert_problem(await alice.unfollow(alice), 400, "target_user_id")


async def test_somebody_who_is_not_there_cannot_be_followed(alice: Person) -> None:
    path = f"/2/users/{alice.id}/following"
    reply = await alice.call("POST", path, json={"target_user_id": "7"})
    assert_problem(reply, 404, "user 7")
    assert_problem(await alice.call("DELETE", f"{path}/7"), 404, "user 7")


async def test_nobody_follows_for_another(alice: Person, bob: Person, carla: Person) -> None:
    path = f"/2/users/{bob.id}/following"
    reply = await alice.call("POST", path, json={"target_user_id": carla.id})
    assert_problem(reply, 403, bob.id)
    assert_problem(await alice.call("DELETE", f"{path}/{carla.id}"), 403, bob.id)


async def test_the_lists_of_somebody_who_is_not_there_are_404(alice: Person) -> None:
    assert_problem(await alice.call("GET", "/2/users/7/followers"), 404, "user 7")
    assert_problem(await alice.call("GET", "/2/users/7/following"), 404, "user 7")


async def test_lists_show_the_fields_asked_for(alice: Person, bob: Person) -> None:
    await bob.follow(alice)
    following = await bob.call(
        "GET", f"/2/users/{bob.id}/following", params={"user.fields": "public_metrics,created_at"}
    )
    (shown,) = following.data
    assert shown["public_metrics"]["followers_count"] == 1
    assert shown["created_at"].endswith("Z")
