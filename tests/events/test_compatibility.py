"""Each kind of change, made to one event: those that break what is on the log are refused."""

from typing import Annotated, Any, Literal, cast

import msgspec
import pytest
from msgspec import Meta, Struct

from events.compatibility import breaks, problems
from events.json_schemas import Schema, Shapes


class Before(Struct, tag="Sighted", omit_defaults=True):
    bird: str
    count: int
    sure: bool = False
    where: Literal["sea", "land"] = "land"
    rings: tuple[str, ...] = ()
    note: str | None = None
    nest: "Nest | None" = None
    marks: dict[str, int] = {}
    age: Annotated[int, Meta(ge=0, le=99)] = 0


class Nest(Struct):
    eggs: int = 0


def changed(gone: str = "", **fields: tuple[Any, ...]) -> Schema:
    """The event with these fields instead, each a type and, unless required, a default."""
    own = {name: (hint, *_default(name)) for name, hint in Before.__annotations__.items()}
    kept = [(name, *field) for name, field in (own | fields).items() if name != gone]
    kept.sort(key=len)
    return msgspec.json.schema(
        msgspec.defstruct(
            "Sighted", cast("Any", kept), tag="Sighted", namespace={"__module__": __name__}
        )
    )


def _default(name: str) -> tuple[Any, ...]:
    field = next(f for f in msgspec.structs.fields(Before) if f.name == name)
    if field.default_factory is not msgspec.NODEFAULT:
        return (field.default_factory(),)
    return () if field.required else (field.default,)


class Richer(Struct, tag="Nest", tag_field="kind"):
    eggs: int = 0


BEFORE = changed()

BREAKING: dict[str, tuple[Schema, str]] = {
    "a field is removed": (changed(gone="sure"), ".sure: removed"),
    "a required field is removed": (changed(gone="bird"), ".bird: removed"),
    "a field is renamed": (changed(gone="note", remark=(str | None, None)), ".note: removed"),
    "a required field is added": (changed(colour=(str,)), ".colour: added without a default"),
    "an optional field is required": (changed(sure=(bool,)), ".sure: was left out at times"),
    "another type": (changed(bird=(int,)), ".bird: narrowed from string to integer"),
    "values of another type": (
        changed(marks=(dict[str, bool], {})),
        ".marks{}: narrowed from integer to boolean",
    ),
    "no null any more": (changed(note=(str, "")), ".note: narrowed from null to string"),
    "an enum loses a value": (
        changed(where=(Literal["land"], "land")),
        ".where: no longer reads 'sea'",
    ),
    "a string becomes an enum": (
        changed(bird=(Literal["wren", "robin"],)),
        ".bird: narrowed from string to 'robin' or 'wren'",
    ),
    "an enum becomes a form": (
        changed(where=(Annotated[str, Meta(pattern="^l")], "land")),
        ".where: no longer reads 'land', 'sea'",
    ),
    "items of another type": (
        changed(rings=(tuple[int, ...], ())),
        ".rings[]: narrowed from string to integer",
    ),
    "the default changes": (
        changed(sure=(bool, True)),
        ".sure: where it was left out it meant False, and would mean True",
    ),
    "a bound is added": (changed(count=(Annotated[int, Meta(ge=1)],)), ".count: minimum is 1"),
    "a bound is tighter": (
        changed(age=(Annotated[int, Meta(ge=0, le=20)], 0)),
        ".age: maximum is 20, and was 99",
    ),
    "a length is bounded": (
        changed(bird=(Annotated[str, Meta(max_length=9)],)),
        ".bird: maxLength is 9",
    ),
    "a form is asked for": (
        changed(bird=(Annotated[str, Meta(pattern="^[a-z]*$")],)),
        ".bird: pattern is '^[a-z]*$'",
    ),
    "a struct within is tagged": (
        changed(nest=(Richer | None, None)),
        ".nest.kind: added without a default",
    ),
    "another tag": (
        msgspec.json.schema(msgspec.defstruct("Sighted", [("bird", str)], tag="Seen")),
        ".type: no longer reads 'Sighted'",
    ),
}

ALLOWED: dict[str, Schema] = {
    "nothing changes": changed(),
    "a field is added with a default": changed(colour=(str | None, None)),
    "a required field may be left out": changed(count=(int, 1)),
    "an integer becomes a number": changed(count=(float,)),
    "null is allowed": changed(bird=(str | None,)),
    "another type as well": changed(count=(int | str,)),
    "an enum gains a value": changed(where=(Literal["sea", "land", "air"], "land")),
    "an enum becomes any string": changed(where=(str, "land")),
    "any type at all": changed(bird=(Any,)),
    "a bound is wider": changed(age=(Annotated[int, Meta(ge=-1, le=120)], 0)),
    "a bound is gone": changed(age=(int, 0)),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_breaking_change_is_refused(kind: str) -> None:
    new, said = BREAKING[kind]
    assert any(line.startswith(f"Sighted{said}") for line in breaks(BEFORE, new, "Sighted")), list(
        breaks(BEFORE, new, "Sighted")
    )


@pytest.mark.parametrize("kind", ALLOWED)
def test_an_allowed_change_passes(kind: str) -> None:
    assert list(breaks(BEFORE, ALLOWED[kind], "Sighted")) == []


NEW = changed(gone="bird")
KEPT = {("Sighted", 1): BEFORE}
VERSIONS: dict[str, tuple[Shapes, Shapes, set[tuple[str, int]], str | None]] = {
    "raised, with an upcaster": ({("Sighted", 2): NEW}, KEPT, {("Sighted", 1)}, None),
    "a new event": ({**KEPT, ("Ringed", 1): NEW}, KEPT, set(), None),
    "not raised": ({("Sighted", 1): NEW}, KEPT, set(), "Sighted.bird: removed"),
    "without an upcaster": ({("Sighted", 2): NEW}, KEPT, set(), "no upcaster lifts version 1"),
    "a gap in the chain": (
        {("Sighted", 3): NEW},
        KEPT | {("Sighted", 2): NEW},
        {("Sighted", 1)},
        "no upcaster lifts version 2",
    ),
    "a version that was never kept": (
        {("Sighted", 3): NEW},
        KEPT,
        {("Sighted", 1), ("Sighted", 2)},
        "version 2 is not kept",
    ),
    "a schema that is not kept any more": (
        {("Sighted", 2): NEW},
        {("Sighted", 2): NEW},
        {("Sighted", 1)},
        "version 1 is not kept",
    ),
    "back to an older version": (KEPT, KEPT | {("Sighted", 2): NEW}, set(), "went back"),
    "the event is gone": ({}, KEPT, set(), "Sighted is gone"),
}


@pytest.mark.parametrize("change", VERSIONS)
def test_versions(change: str) -> None:
    now, kept, upcasters, said = VERSIONS[change]
    found = list(problems(kept, now, upcasters))
    assert [said in line for line in found] == [True] if said else found == []
