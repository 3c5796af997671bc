"""What programs see of what their users have done: no more than their scopes say, in any answer."""

from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from typing import Any

import pytest

from gateway.guarded import PARTS, with_parts
from gateway.oauth2.apps import Apps
from projections.stores import Stores
from tests.gateway.asking import Known, parameters, question, reads
from tests.gateway.letting_in import BACK, Program
from tests.gateway.streams import FILTER, add_rules, listening
from tests.gateway.test_lists import make
from tests.person import Person

READ = "tweet.read users.read"
EVERYTHING = {
    "tweet.fields": "viewer",
    "user.fields": "connection_status",
    "expansions": "author_id,referenced_tweets.id.author_id,pinned_tweet_id,owner_id",
}
SCOPE_OF = {part: scope for parts in PARTS.values() for part, scope in parts.items()}

LetIn = Callable[[Person, str], Awaitable[Person]]


@pytest.fixture
async def let_in(gateway: str, stores: Stores) -> LetIn:
    program = Program(
        gateway, *await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    )

    async def let_in(person: Person, scope: str) -> Person:
        """The same person, through a program."""
        through = copy(person)
        through.token = (await program.log_in(person, scope))["access_token"]
        return through

    return let_in


def told(answer: Any) -> Iterator[str]:
    """The guarded parts that it holds, wherever."""
    if isinstance(answer, list):
        for one in answer:
            yield from told(one)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            yield from value if name in PARTS else told(value)


async def acquainted(alice: Person, bob: Person, carla: Person) -> str:
    """A tweet of alice's, after she and bob have done everything to it and to each other."""
    tweet = await alice.tweet("Wheatears")
    await alice.call("POST", f"/2/users/{alice.id}/likes", json={"tweet_id": tweet})
    await alice.call("POST", f"/2/users/{alice.id}/bookmarks", json={"tweet_id": tweet})
    await alice.follow(bob)
    await bob.follow(alice)
    await alice.mute(bob)
    await alice.block(carla)
    await bob.retweet(tweet)
    await bob.reply(tweet)
    await bob.call("POST", f"/2/users/{bob.id}/likes", json={"tweet_id": tweet})
    alice.has_seen(bob)
    return tweet


async def test_no_read_tells_a_program_what_its_scopes_do_not_say(
    alice: Person, bob: Person, carla: Person, let_in: LetIn
) -> None:
    tweet = await acquainted(alice, bob, carla)
    known = Known(alice, tweet, await make(alice))
    programs: dict[frozenset[str], Person] = {}
    kept_back: set[str] = set()
    for endpoint in reads():
        if endpoint.endless or endpoint.scopes is None:
            continue
        if endpoint.scopes not in programs:
            programs[endpoint.scopes] = await let_in(alice, " ".join(endpoint.scopes))
        path, params = question(endpoint, known)
        params |= {name: EVERYTHING[name] for name in EVERYTHING.keys() & parameters(endpoint)}
        own = set(told((await alice.call("GET", path, params=params)).body))
        reply = await programs[endpoint.scopes].call("GET", path, params=params)
        seen = set(told(reply.body))
        assert {SCOPE_OF[part] for part in seen} <= endpoint.scopes, path
        if own - seen:
            kept_back.add(endpoint.path)
    assert len(kept_back) > 12, kept_back


@pytest.mark.parametrize(
    ("scope", "marks", "between"),
    [
        ("", ["retweeted"], None),
        ("like.read", ["disliked", "liked", "retweeted"], None),
        ("bookmark.read", ["bookmarked", "retweeted"], None),
        ("follows.read", ["retweeted"], ["followed_by", "following"]),
        ("mute.read", ["retweeted"], ["muting"]),
        ("block.read", ["retweeted"], []),
        (
            "like.read bookmark.read follows.read mute.read",
            ["bookmarked", "disliked", "liked", "retweeted"],
            ["followed_by", "following", "muting"],
        ),
    ],
)
async def test_each_scope_shows_its_part(
    alice: Person, bob: Person, carla: Person, let_in: LetIn,
    scope: str, marks: list[str], between: list[str] | None,
) -> None:  # fmt: skip
    tweet = await acquainted(alice, bob, carla)
    program = await let_in(alice, f"{READ} {scope}")
    for shown in (
        (await program.lookup(tweet, **EVERYTHING)).data,
        (await program.user_tweets(bob, **EVERYTHING)).body["includes"]["tweets"][0],
    ):
        assert sorted(shown["viewer"]) == marks
        assert (shown["viewer"].get("liked"), shown["viewer"].get("bookmarked")) == (
            True if "liked" in marks else None,
            True if "bookmarked" in marks else None,
        )
    for user in (
        (await program.call("GET", f"/2/users/{bob.id}", params=EVERYTHING)).data,
        (await program.user_tweets(bob, **EVERYTHING)).body["includes"]["users"][0],
    ):
        assert (user["id"], user.get("connection_status")) == (bob.id, between)


async def test_a_stream_tells_a_program_no_more(alice: Person, bob: Person, let_in: LetIn) -> None:
    await alice.follow(bob)
    await add_rules(alice, f"from:{bob.username}")
    program = await let_in(alice, READ)
    async with listening(program, FILTER, **EVERYTHING) as stream:
        await bob.tweet("Whinchats")
        line = await stream.next()
    assert line["data"]["viewer"] == {"retweeted": False}
    assert line["includes"]["users"][0].keys() == {"id", "name", "username"}


def test_a_field_without_a_part_that_may_be_seen_is_not_wanted() -> None:
    asked = frozenset({"connection_status", "created_at"})
    assert with_parts(asked, frozenset({"users.read"})) == {"created_at"}
    assert with_parts(asked, frozenset({"block.read"})) == asked | {"connection_status.blocking"}
    own = {f"connection_status.{part}" for part in PARTS["connection_status"]}
    assert with_parts(asked, None) == asked | own
