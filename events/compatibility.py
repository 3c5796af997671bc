"""Whether what is on the log can still be read: schemas of events of then beside those of now.

The rules are those of `docs/adding-an-event.md`. They ask whether today's programs read what was
written, not whether older programs read what is written today.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from events.json_schemas import Schema, Shapes

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
FORMS = ("pattern", "format", "multipleOf")
FORMS_AND_BOUNDS = {*FORMS, *LOWER_BOUNDS, *UPPER_BOUNDS}

_TYPES = {"string": str, "boolean": bool, "integer": int, "null": type(None)}


def problems(kept: Shapes, now: Shapes, upcasters: Collection[tuple[str, int]]) -> Iterator[str]:
    """One line for each thing in `now` that would leave something on the log unreadable.

    `upcasters` are named by what they lift: an event's name and the version before.
    """
    version_now = dict(now.keys())
    newest = dict(sorted(kept))
    for name in newest.keys() - version_now.keys():
        yield f"{name} is gone, but may be on the log"
    for name, version in version_now.items():
        if version < newest.get(name, 0):
            yield f"{name} went back from version {newest[name]} to {version}"
            continue
        for old in range(1, version):
            if (name, old) not in kept:
                yield f"{name}: the schema of version {old} is not kept"
            if (name, old) not in upcasters:
                yield f"{name}: no upcaster lifts version {old}"
        if (name, version) in kept:
            yield from breaks(kept[name, version], now[name, version], name)


def breaks(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """What was written by `old` and is not read as the same by `new`, each named by its path."""
    yield from _Comparison(old.get("$defs", {}), new.get("$defs", {})).nodes(old, new, at)


class _Comparison:
    def __init__(self, old: Mapping[str, Schema], new: Mapping[str, Schema]) -> None:
        self._old = old
        self._new = new

    def nodes(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """Each of the old alternatives must be read by one of the new."""
        choices = [_resolved(choice, self._new) for choice in new.get("anyOf", [new])]
        for choice in old.get("anyOf", [old]):
            then = _resolved(choice, self._old)
            found = [list(self._choices(then, now, at)) for now in choices]
            if all(found):
                yield from min(found, key=len)

    def _choices(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        values = _values(old)
        if values is not None:
            if lost := [value for value in values if not _reads(new, value)]:
                yield f"{at}: no longer reads {', '.join(map(repr, lost))}"
            return
        if _values(new) is not None or not _type_reads(old.get("type"), new.get("type")):
            yield f"{at}: narrowed from {_named(old)} to {_named(new)}"
            return
        yield from _tighter(old, new, at)
        if "items" in old:
            yield from self.nodes(old["items"], new.get("items", {}), f"{at}[]")
        if isinstance(old.get("additionalProperties"), dict):
            below = new.get("additionalProperties", {})
            yield from self.nodes(old["additionalProperties"], below, f"{at}{{}}")
        if "properties" in old:
            yield from self._fields(old, new, at)

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, now = old["properties"], new.get("properties", {})
        required_before, required = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in before.items():
            path = f"{at}.{name}"
            if name not in now:
                yield f"{path}: removed"
                continue
            yield from self.nodes(field, now[name], path)
            if name in required_before:
                continue
            if name in required:
                yield f"{path}: was left out at times, and is required"
            elif field.get("default") != now[name].get("default"):
                said, says = field.get("default"), now[name].get("default")
                yield f"{path}: where it was left out it meant {said!r}, and would mean {says!r}"
        for name in required - before.keys():
            yield f"{at}.{name}: added without a default"


def _resolved(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    if "$ref" in node:
        return definitions[node["$ref"].rpartition("/")[2]]
    return node


def _values(node: Schema) -> list[Any] | None:
    """All that it reads, if these are named one by one."""
    return [node["const"]] if "const" in node else node.get("enum")


def _reads(node: Schema, value: object) -> bool:
    values = _values(node)
    if values is not None:
        return value in values
    if not FORMS_AND_BOUNDS.isdisjoint(node):
        return False
    wanted = node.get("type")
    return wanted is None or type(value) is _TYPES.get(wanted)


def _type_reads(old: str | None, new: str | None) -> bool:
    return new is None or old == new or (old, new) == ("integer", "number")


def _tighter(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for names, tighter in ((LOWER_BOUNDS, int.__gt__), (UPPER_BOUNDS, int.__lt__)):
        for name in names:
            if name in new and (name not in old or tighter(new[name], old[name])):
                yield f"{at}: {name} is {new[name]}, and was {old.get(name, 'not there')}"
    for name in FORMS:
        if name in new and new[name] != old.get(name):
            yield f"{at}: {name} is {new[name]!r}, and was {old.get(name, 'not there')!r}"


def _named(node: Schema) -> str:
    values = _values(node)
    if values is not None:
        return " or ".join(map(repr, values))
    return str(node.get("title") or node.get("type", "anything"))
