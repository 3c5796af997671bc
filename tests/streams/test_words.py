"""Which words are left out where a topic is copied, and that no view is another one then."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bench.activity import Activity
from events.codec import Undecodable, decode, encode
from events.positions import Partition
from events.snowflake import Snowflakes
from projections.view import Recorded
from schemas.events import (
    Event,
    ListChanged,
    ListCreated,
    ListDeleted,
    Poll,
    ProfileChanged,
    TweetPosted,
    UserErased,
    UserRegistered,
)
from schemas.media import Media
from schemas.topics import LISTS, TOPIC_OF, TOPICS, TWEETS, USERS
from streams.audit.folds import FOLDS, expected
from streams.repartitioning.words import Deletions
from tests.contract.history import history
from tests.projections.memory_log import deleted, edited, posted

ANN, BEN = 16, 32


def copies(values: Sequence[bytes]) -> list[bytes]:
    """The records of one partition as they are copied."""
    found = Deletions()
    for offset, value in enumerate(values):
        found.note(offset, value)
    return [found.without_words(offset, value) or b"" for offset, value in enumerate(values)]


def copied(events: Sequence[Event]) -> list[bytes]:
    return copies([encode(event) for event in events])


def texts(events: Sequence[Event]) -> list[str]:
    return [event.get("text", "-") for event in map(json.loads, copied(events))]


def facts(**more: Any) -> dict[str, Any]:
    return {"event_id": 5, "at": 0, "actor": ANN, "request_id": "t", **more}


def test_the_words_of_a_deleted_tweet_go_and_all_else_stays() -> None:
    tweet = TweetPosted(
        **facts(tweet_id=100, text="A wren", mentions=(BEN,), quote_of=7, quoted_author=BEN),
        media=(Media("3_1", "photo", 9, 9, alt_text="in a hedge"),),
        poll=Poll(("tea", "coffee"), 60),
    )
    kept, deletion = posted(200, ANN, "Kept"), deleted(100, ANN)
    first, edit, gone, other = copied([tweet, edited(100, ANN, 101, "Two"), deletion, kept])
    for word in (b"wren", b"hedge", b"tea", b"Two"):
        assert word not in first + edit + gone
    assert decode(first) == TweetPosted(
        **facts(tweet_id=100, text="", mentions=(BEN,), quote_of=7, quoted_author=BEN),
        media=(Media("3_1", "photo", 9, 9),),
        poll=Poll(("", ""), 60),
    )
    assert (gone, other) == (encode(deletion), encode(kept))


def test_what_no_view_has_deleted_keeps_its_words() -> None:
    assert texts([posted(100, ANN, "Mine"), deleted(100, BEN)]) == ["Mine", "-"]
    assert texts([deleted(100, ANN), posted(100, ANN, "Later")]) == ["-", "Later"]


def test_what_comes_after_the_deletion_loses_its_words_too() -> None:
    late = [posted(100, ANN, "One"), deleted(100, ANN), edited(100, ANN, 101, "Two")]
    assert texts([*late, posted(100, ANN, "One")]) == ["", "-", "", ""]


def test_lists_and_people() -> None:
    made = ListCreated(**facts(list_id=100, name="birds", description="all of them"))
    changed = ListChanged(**facts(list_id=100, name="owls"))
    ended = ListDeleted(**facts(list_id=100))
    assert b"birds" in copied([made, changed])[0]
    assert not any(word in b"".join(copied([made, changed, ended])) for word in (b"birds", b"owls"))
    joined = UserRegistered(**facts(user_id=ANN, username="ann", name="Ann"))
    profile = ProfileChanged(
        **facts(user_id=ANN, username="anna", name="Anna", description="birds", location="weir"),
        url="https://a.example", protected=True,
    )  # fmt: skip
    left = copied([joined, profile, UserErased(**facts(user_id=ANN))])
    assert not any(word in b"".join(left) for word in (b"ann", b"Ann", b"birds", b"weir", b"http"))
    after = decode(left[1])
    assert isinstance(after, ProfileChanged)
    assert after.protected


def test_what_cannot_be_read_is_copied_as_it_is() -> None:
    found = Deletions()
    for offset, value in enumerate((b"Deleted", b'["TweetDeleted"]', b'{"type":"TweetDeleted"}')):
        found.note(offset, value)
        assert found.without_words(offset, value) == value
    assert found.without_words(3, None) is None


def value_of(**event: Any) -> bytes:
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    "lacking",
    [
        value_of(type="TweetDeleted", actor="16", tweet_id="100"),
        value_of(type="TweetDeleted", **facts(actor="16", tweet_id="100"), v=9),
        value_of(type="UserErased", user_id="16"),
        value_of(type="UserErased", **facts(user_id="16"), v=9),
    ],
)
def test_what_no_view_can_read_deletes_nothing(lacking: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(lacking)
    joined = UserRegistered(**facts(user_id=ANN, username="ann", name="Ann"))
    values = [encode(posted(100, ANN, "Mine")), encode(joined), lacking]
    assert copies(values) == values


@pytest.mark.parametrize("number", [100, "100", 100.0])
def test_ids_are_what_views_take_them_for(number: object) -> None:
    tweet, deletion = encode(posted(100, ANN, "A wren")), encode(deleted(100, ANN))
    other = value_of(type="TweetPosted", **facts(tweet_id=number, text="A wren"))
    gone = value_of(type="TweetDeleted", **facts(tweet_id=number))
    assert decode(gone) == replace(deleted(100, ANN), event_id=5, at=0)
    for said, unsaid in ((tweet, gone), (other, deletion), (other, gone)):
        assert b"wren" not in copies([said, unsaid])[0]


@pytest.mark.parametrize(
    ("options", "left"),
    [(5, 5), (None, None), ([5, "tea"], [5, ""]), ("tea", ""), ({"a": 5}, {"a": 5})],
)
def test_what_is_no_word_stays_and_can_be_read_no_more_than_before(
    options: object, left: object
) -> None:
    odd = value_of(
        type="TweetPosted", **facts(tweet_id="100", text="A wren"), poll={"options": options}
    )
    (first, _) = copies([odd, encode(deleted(100, ANN))])
    for value in (odd, first):
        with pytest.raises(Undecodable):
            decode(value)
    assert json.loads(first)["poll"] == {"options": left}
    assert b"wren" not in first


def told(events: Sequence[Event], *, wordless: bool) -> dict[Partition, list[Recorded]]:
    by_place: dict[Partition, list[Event]] = {Partition(topic.name, 0): [] for topic in TOPICS}
    for event in events:
        by_place[Partition(TOPIC_OF[type(event)].name, 0)].append(event)
    return {
        place: list(itertools.starmap(Recorded, enumerate(map(decode, copied(some)))))
        if wordless
        else list(itertools.starmap(Recorded, enumerate(some)))
        for place, some in by_place.items()
    }


def views_are_the_same(events: Sequence[Event]) -> bool:
    with_words, without = told(events, wordless=False), told(events, wordless=True)
    return all(expected(view, with_words) == expected(view, without) for view in FOLDS)


def test_no_view_of_the_history_is_another_one() -> None:
    events = list(itertools.chain.from_iterable(history(0)))
    assert views_are_the_same(events)
    for topic in (TWEETS, LISTS, USERS):
        some = [event for event in events if TOPIC_OF[type(event)] is topic]
        assert copied(some) != [encode(event) for event in some]


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_no_view_is_another_one(seed: int, deeds: int) -> None:
    activity = Activity(seed, Snowflakes(seed % 1024), people=4)
    assert views_are_the_same([*activity.registrations(), *(activity.next() for _ in range(deeds))])


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_of_a_copy_nothing_more_is_left_out(seed: int, deeds: int) -> None:
    activity = Activity(seed, Snowflakes(seed % 1024), people=4)
    events = [*activity.registrations(), *(activity.next() for _ in range(deeds))]
    once = copies([value_of(**json.loads(encode(event))) for event in events])
    assert copies(once) == once
