"""Events to and from the bytes on the log: JSON, readable with any Kafka tool, ids as strings."""

from functools import cache
from typing import Any, Union, get_type_hints

import msgspec

from events.upcasters import CURRENT_VERSION, upcast
from schemas.events import Event
from schemas.ids import Id
from schemas.topics import TOPIC_OF


class Undecodable(ValueError):
    """These bytes are no event that this version of birdlog can read."""


UNREADABLE: tuple[type[Exception], ...] = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
)
"""What bytes raise that are no JSON of the shape that is asked for: the last, those that are nested
a thousand deep."""

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(
    Union[tuple(TOPIC_OF)],  # noqa: UP007 - built at run time from the registered events
    strict=False,
)


@cache
def _id_fields(event_type: type[Event]) -> tuple[str, ...]:
    return _fields_with(event_type, Id, Id | None)


@cache
def _ids_fields(event_type: type[Event]) -> tuple[str, ...]:
    return _fields_with(event_type, tuple[Id, ...])


def _fields_with(event_type: type[Event], *hints: Any) -> tuple[str, ...]:
    known = get_type_hints(event_type, include_extras=True)
    return tuple(name for name, hint in known.items() if hint in hints)


def encode(event: Event) -> bytes:
    """The event as one JSON object, `type` first."""
    record: dict[str, Any] = msgspec.to_builtins(event)
    record["v"] = event.v
    for field in _id_fields(type(event)):
        if field in record:
            record[field] = str(record[field])
    for field in _ids_fields(type(event)):
        if field in record:
            record[field] = [str(number) for number in record[field]]
    return msgspec.json.encode(record)


def record_of(event: Event) -> tuple[str, bytes, bytes]:
    """Topic, key and value of the record that the event becomes."""
    topic = TOPIC_OF[type(event)]
    return topic.name, str(topic.key_of(event)).encode(), encode(event)


def decode(value: bytes) -> Event:
    """The event in `value`, lifted to its current version. Raises `Undecodable`."""
    try:
        event = _decoder.decode(value)
        if event.v == CURRENT_VERSION[type(event)]:
            return event
    except UNREADABLE:
        pass
    return _decode_other_version(value)


def _decode_other_version(value: bytes) -> Event:
    try:
        lifted = upcast(msgspec.json.decode(value, type=dict[str, Any]))
        event: Event = msgspec.convert(lifted, _decoder.type, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Undecodable(str(error)) from error
    except Exception as error:  # of an upcaster that met what it did not expect
        raise Undecodable(repr(error)) from error
    return event
