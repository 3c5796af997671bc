"""Users, by token, id and name."""

from tests.gateway.problems import assert_problem
from tests.person import Person


async def test_me_is_whose_token_it_is(alice: Person) -> None:
    reply = await alice.call("GET", "/2/users/me")
    assert reply.body == {"data": {"id": alice.id, "name": "Alice", "username": alice.username}}


async def test_a_user_by_id(alice: Person, bob: Person) -> None:
    reply = await alice.call("GET", f"/2/users/{bob.id}", params={"user.fields": "created_at"})
    assert (reply.data["id"], reply.data["username"]) == (bob.id, bob.username)
    assert reply.data["created_at"].endswith("Z")


async def test_users_by_ids_in_the_order_asked_for(alice: Person, bob: Person) -> None:
    reply = await alice.call("GET", "/2/users", params={"ids": f"{bob.id},7,{alice.id}"})
    assert [user["id"] for user in reply.data] == [bob.id, alice.id]
    (error,) = reply.body["errors"]
    assert (error["value"], error["resource_type"], error["parameter"]) == ("7", "user", "ids")


async def test_a_user_by_name_in_any_case(alice: Person, bob: Person) -> None:
    reply = await alice.call("GET", f"/2/users/by/username/{bob.username.upper()}")
    assert (reply.data["id"], reply.data["username"]) == (bob.id, bob.username)


async def test_users_by_names(alice: Person, bob: Person) -> None:
    names = f"{bob.username},nobody_here,{alice.username.upper()}"
    reply = await alice.call("GET", "/2/users/by", params={"usernames": names})
    assert [user["id"] for user in reply.data] == [bob.id, alice.id]
    (error,) = reply.body["errors"]
    assert (error["value"], error["parameter"]) == ("nobody_here", "usernames")


async def test_an_unknown_user_is_404(alice: Person) -> None:
    assert_problem(await alice.call("GET", "/2/users/7"), 404, "7")
    assert_problem(await alice.call("GET", "/2/users/by/username/nobody_here"), 404, "nobody_here")


async def test_metrics_count_followers_followees_and_tweets(
    alice: Person, bob: Person, carla: Person
) -> None:
    await bob.follow(alice)
    await carla.follow(alice)
    await alice.follow(bob)
    gone = await alice.tweet("one")
    await alice.tweet("two")
    await alice.tweet("three")
    await alice.delete(gone)
    alice.has_seen(bob)
    alice.has_seen(carla)
    metrics = {"user.fields": "public_metrics"}
    reply = await alice.call("GET", "/2/users/me", params=metrics)
    assert reply.data["public_metrics"] == {
        "followers_count": 2,
        "following_count": 1,
        "tweet_count": 2,
        "post_count": 2,
        "like_count": 0,
        "media_count": 0,
        "listed_count": 0,
    }
    nobody = await alice.call("GET", f"/2/users/{carla.id}", params=metrics)
    assert nobody.data["public_metrics"]["followers_count"] == 0
    assert nobody.data["public_metrics"]["tweet_count"] == 0
