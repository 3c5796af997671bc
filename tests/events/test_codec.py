"""Events on the wire. `Undecodable` is all that bytes of others can lead to."""

import json
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import upcasters
from events.codec import Undecodable, decode, encode
from schemas.events import Event, Poll, ReplySettings, TweetPosted
from schemas.ids import MAX_ID, Id
from schemas.media import Media, MediaType
from schemas.topics import TOPIC_NAMED, TOPIC_OF, TOPICS

IDS = st.integers(0, MAX_ID)
MEDIA = st.builds(
    Media,
    media_key=st.text(),
    type=st.sampled_from(get_args(MediaType)),
    width=st.integers(0, 10_000),
    alt_text=st.text(),
)
POLLS = st.builds(
    Poll, options=st.lists(st.text(), max_size=4).map(tuple), minutes=st.integers(1, 9)
)
OF_HINT: dict[Any, st.SearchStrategy[Any]] = {
    Id: IDS,
    Id | None: st.none() | IDS,
    tuple[Id, ...]: st.lists(IDS, max_size=3).map(tuple),
    int: st.integers(0, 2**42),
    str: st.text(),
    bool: st.booleans(),
    ReplySettings: st.sampled_from(get_args(ReplySettings)),
    tuple[Media, ...]: st.lists(MEDIA, max_size=2).map(tuple),
    Poll | None: st.none() | POLLS,
}


def fields_of(event: type[Event]) -> dict[str, st.SearchStrategy[Any]]:
    hints = get_type_hints(event, include_extras=True)
    return {
        name: OF_HINT[hint] if hint in OF_HINT else st.from_type(hint)
        for name, hint in hints.items()
        if name != "v"
    }


EVENTS = st.one_of(*(st.builds(event, **fields_of(event)) for event in TOPIC_OF))
TWEET: dict[str, Any] = {
    "type": "TweetPosted",
    "event_id": "1",
    "at": 2,
    "actor": "3",
    "request_id": "r",
    "tweet_id": str(MAX_ID),
    "text": "Kestrel",
}


def as_bytes(**changes: object) -> bytes:
    return json.dumps({k: v for k, v in (TWEET | changes).items() if v is not ...}).encode()


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert decode(encode(event)) == event


@given(EVENTS)
def test_ids_are_strings_in_json_and_the_type_comes_first(event: Event) -> None:
    record = json.loads(encode(event))
    assert next(iter(record)) == "type"
    assert record["v"] == event.v
    ids = {"event_id", "actor", "tweet_id", "target", "quote_of", "version_id", "root"}
    for name in ids & record.keys():
        assert record[name] == str(getattr(event, name))
    assert all(isinstance(number, str) for number in record.get("mentions", ()))
    assert isinstance(record["at"], int)


def test_unknown_fields_are_tolerated() -> None:
    event = decode(as_bytes(mood="glad"))
    assert isinstance(event, TweetPosted)
    assert (event.tweet_id, event.text, event.quote_of, event.v) == (MAX_ID, "Kestrel", None, 1)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"17",
        b'"TweetPosted"',
        b"\xff\xfe",
        b'{"type": "TweetPosted"',
        as_bytes(type=...),
        as_bytes(type=7),
        as_bytes(type="TweetBurnt"),
        as_bytes(v=2),
        as_bytes(v=0),
        as_bytes(v="new"),
        as_bytes(v=None),
        as_bytes(text=...),
        as_bytes(text=None),
        as_bytes(tweet_id="kestrel"),
        as_bytes(tweet_id=-1),
        as_bytes(tweet_id=str(MAX_ID + 1)),
        as_bytes(text="\ud800"),
        b'{"type": "TweetPosted", "mood": ' + 100_000 * b"[",
    ],
)
def test_what_is_no_event_is_undecodable(value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(value)


@given(st.binary(max_size=60))
def test_no_bytes_lead_to_anything_else(value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(field=st.sampled_from(sorted(TWEET)), value=JSON, version=st.just(1) | JSON)
def test_no_json_leads_to_anything_else(field: str, value: object, version: object) -> None:
    try:
        event = decode(as_bytes(**{field: value, "v": version}))
    except Undecodable:
        return
    assert isinstance(event, Event)


def test_old_versions_are_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if TweetPosted were at version 3: once its text was `body`, once it was in a list."""

    def body_to_text(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "texts": [record.pop("body")]}

    def texts_to_text(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "text": " ".join(record.pop("texts"))}

    versions: dict[Any, int] = upcasters.CURRENT_VERSION
    monkeypatch.setitem(versions, TweetPosted, 3)
    monkeypatch.setitem(upcasters._CURRENT_BY_NAME, "TweetPosted", 3)
    monkeypatch.setitem(upcasters.UPCASTERS, ("TweetPosted", 1), body_to_text)
    monkeypatch.setitem(upcasters.UPCASTERS, ("TweetPosted", 2), texts_to_text)
    for old in (
        as_bytes(text=..., body="Kestrel here"),
        as_bytes(v=1, text=..., body="Kestrel here"),
        as_bytes(v=2, text=..., texts=["Kestrel", "here"]),
        as_bytes(v=3, text="Kestrel here"),
    ):
        event = decode(old)
        assert isinstance(event, TweetPosted)
        assert (event.text, event.v) == ("Kestrel here", 3)
    with pytest.raises(Undecodable, match="newer"):
        decode(as_bytes(v=4))
    with pytest.raises(Undecodable):
        decode(as_bytes(v=1))  # no body, so the upcaster fails


def _without_subclasses(event: type[Event]) -> list[type[Event]]:
    below = event.__subclasses__()
    return [leaf for kind in below for leaf in _without_subclasses(kind)] if below else [event]


def test_each_event_has_one_topic_and_a_key() -> None:
    listed = [event for topic in TOPICS for event in topic.events]
    assert len(set(listed)) == len(listed)
    ours = {kind for kind in _without_subclasses(Event) if kind.__module__ == Event.__module__}
    assert set(listed) == ours
    assert {topic.name: topic for topic in TOPICS} == TOPIC_NAMED
    for topic in TOPICS:
        for event in topic.events:
            key = topic.keys.get(event, topic.key)
            assert key in {field.name for field in msgspec.structs.fields(event)}
            assert TOPIC_OF[event] is topic
