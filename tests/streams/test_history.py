"""What the log says about one tweet or one user, by the command line."""

from typing import Any, get_type_hints

from events.positions import Partition, Position
from schemas.ids import Id
from schemas.topics import TOPIC_OF
from streams.history import FIELDS, Standing
from tests.person import Person
from tests.streams.test_cli import Birdlog, birdlog

__all__ = ["birdlog"]

READ_BY = {
    "tweets": {"tweets", "timelines", "cache", "search", "counters", "notices", "analytics"},
    "graph": {"graph", "timelines", "notices", "analytics"},
}


def told(facts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(fact["type"], fact["actor"]) for fact in facts]


async def test_every_fact_about_a_tweet_and_a_user(
    birdlog: Birdlog, alice: Person, bob: Person
) -> None:
    tweet = await alice.tweet("A heron, first")
    strange = "Another [bold]bird[/] :owl: [/b]"
    sent = f"{strange}\x1b[2J\x9b2J"
    other = await alice.tweet(sent)
    await alice.edit(tweet, "A heron")
    bob.has_seen(alice)
    await bob.follow(alice)
    await bob.call("POST", f"/2/users/{bob.id}/likes", json={"tweet_id": tweet})
    reply = await bob.reply(tweet, "Grey?")
    below = await alice.reply(reply, "Purple")
    await bob.retweet(tweet)
    quote = await bob.tweet("Look", quote_tweet_id=tweet)

    found = (await birdlog("history", f"tweet:{tweet}", "--json")).json["facts"]
    assert told(found) == [
        ("TweetPosted", alice.id),
        ("TweetEdited", alice.id),
        ("TweetLiked", bob.id),
        ("ReplyPosted", bob.id),
        ("ReplyPosted", alice.id),
        ("TweetRetweeted", bob.id),
        ("TweetPosted", bob.id),
    ]
    assert [fact["event"]["tweet_id"] for fact in found[3:5]] == [reply, below]
    assert found[-1]["event"]["tweet_id"] == quote
    assert all(fact["at"] == fact["event"]["at"] for fact in found)
    assert found[-1]["position"] in bob.seen.values()
    for fact in (found[0], found[-1]):
        assert {*fact["applied"], *fact["pending"]} == READ_BY["tweets"]

    assert len((await birdlog("history", f"tweet:{other}", "--json")).json["facts"]) == 1
    wide = {"COLUMNS": "400"}
    table = (await birdlog("history", f"tweet:{other}", environment=wide)).out
    assert f"{strange}�[2J�2J" in table
    table = (await birdlog("history", f"tweet:{tweet}", environment=wide)).out
    assert "TweetPosted" in table
    assert "text A heron, first" in table
    assert found[0]["position"] in table

    about_bob = told((await birdlog("history", f"user:{bob.id}", "--json")).json["facts"])
    assert about_bob == [
        ("UserRegistered", bob.id),
        ("UserFollowed", bob.id),
        ("TweetLiked", bob.id),
        ("ReplyPosted", bob.id),
        ("ReplyPosted", alice.id),
        ("TweetRetweeted", bob.id),
        ("TweetPosted", bob.id),
    ]


async def test_a_subject_that_is_none(birdlog: Birdlog) -> None:
    for subject in ("list:1", f"user:{2**63}"):
        assert (await birdlog("history", subject)).code == 2
    assert (await birdlog("history", f"tweet:{2**63 - 1}", "--json")).json == {"facts": []}


def test_which_views_have_a_fact() -> None:
    place = Partition("tweets", 3)
    standing = Standing(
        checkpoints={"tweets": {place: 8}, "cache": {place: 7}, "search": {}, "graph": {place: 9}},
        topics={"tweets": {"tweets"}, "cache": {"tweets"}, "search": {"tweets"}, "graph": set()},
        letters={"cache@tweets:3:6", "tweets@tweets:2:6"},
    )
    last = standing.fact(Position(place, 7), {"type": "TweetPosted", "at": 5, "actor": "1"})
    assert (last.applied, last.pending, last.set_aside) == (["tweets"], ["cache", "search"], [])
    before = standing.fact(Position(place, 6), {})
    assert (before.applied, before.pending, before.set_aside) == (["tweets"], ["search"], ["cache"])
    assert standing.fact(Position(place, 5), {"at": "at noon"}).at == 0


def test_every_field_with_an_id_is_known_to_name_somebody_or_something() -> None:
    elsewhere = {"event_id", "list_id", "until"}
    for event in TOPIC_OF:
        hints = get_type_hints(event, include_extras=True)
        ids = {name for name, hint in hints.items() if hint in (Id, Id | None, tuple[Id, ...])}
        assert ids <= FIELDS["tweet"] | FIELDS["user"] | elsewhere, event
