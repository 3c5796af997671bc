"""What is on the log stays readable: today's events beside the schemas and lines that are kept."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from events.codec import decode, encode
from events.compatibility import problems
from events.json_schemas import Schema, current, kept
from events.upcasters import UPCASTERS
from schemas.events import Event
from tests.events.test_codec import EVENTS
from tests.events.written.lines import FILES, lines

KEPT = kept()
VALIDATORS = {shape: jsonschema_rs.validator_for(schema) for shape, schema in KEPT.items()}


def test_what_is_on_the_log_can_be_read() -> None:
    assert list(problems(KEPT, current(), UPCASTERS)) == []


def test_the_schemas_are_kept() -> None:
    now = current()
    assert {shape: KEPT.get(shape) for shape in now} == now, "./birdlog schemas --write"


@given(EVENTS)
def test_an_event_is_written_as_its_schema_says(event: Event) -> None:
    VALIDATORS[type(event).__name__, event.v].validate(json.loads(encode(event)))


def test_lines_of_every_version_are_kept() -> None:
    assert FILES.keys() == KEPT.keys()


@pytest.mark.parametrize("shape", FILES, ids=lambda shape: f"{shape[0]}.{shape[1]}")
def test_lines_are_as_their_version_says_and_are_read(shape: tuple[str, int]) -> None:
    for line in lines(shape):
        record = json.loads(line)
        assert (record["type"], record["v"]) == shape
        VALIDATORS[shape].validate(record)
        event = decode(line)
        assert type(event).__name__ == shape[0]
        assert decode(encode(event)) == event


@pytest.mark.parametrize("shape", FILES, ids=lambda shape: f"{shape[0]}.{shape[1]}")
def test_lines_hold_all_that_their_version_may(shape: tuple[str, int]) -> None:
    held = {place for line in lines(shape) for place in told(json.loads(line))}
    assert sorted(set(offered(KEPT[shape], KEPT[shape]["$defs"])) - held) == []


def offered(node: Schema, definitions: Schema, path: str = "") -> Iterator[str]:
    """Each field below that may be left out, and each value of an enum but the one that is left
    out."""
    if "$ref" in node:
        node = definitions[node["$ref"].rpartition("/")[2]]
    for part in (*node.get("anyOf", ()), *filter(None, [node.get("items")])):
        yield from offered(part, definitions, path)
    for value in node.get("enum", ()):
        if value != node.get("default"):
            yield f"{path}={value}"
    for name, field in node.get("properties", {}).items():
        if name not in node["required"]:
            yield f"{path}.{name}"
        yield from offered(field, definitions, f"{path}.{name}")


def told(value: Any, path: str = "") -> Iterator[str]:
    """The same of a record."""
    yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from told(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from told(part, path)
    else:
        yield f"{path}={value}"


@pytest.mark.parametrize("shape", [s for s in FILES if (s[0], s[1] + 1) in FILES])
def test_an_upcaster_leads_to_what_the_next_version_would_have_written(
    shape: tuple[str, int],
) -> None:
    name, version = shape
    assert [decode(line) for line in lines(shape)] == [
        decode(line) for line in lines((name, version + 1))
    ]
