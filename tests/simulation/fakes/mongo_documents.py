"""MongoDB's filters and updates on documents, those that the views use."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
MISSING: Any = object()


def copied(value: Any) -> Any:
    """As it comes back from a server: nobody shares it."""
    if isinstance(value, dict):
        return {name: copied(of) for name, of in value.items()}
    if isinstance(value, list | tuple):
        return [copied(one) for one in value]
    return value


def matches(document: Document, wanted: Mapping[str, Any]) -> bool:
    return all(
        any(matches(document, one) for one in wish)
        if path == "$or"
        else _fits(value_at(document, path), wish)
        for path, wish in wanted.items()
    )


def value_at(document: Document, path: str) -> Any:
    """Of a list, all that its elements have there."""
    at: Any = document
    for name in path.split("."):
        if isinstance(at, list):
            return [one[name] for one in at]
        if not isinstance(at, dict) or name not in at:
            return MISSING
        at = at[name]
    return at


def _fits(value: Any, wish: Any) -> bool:
    if not isinstance(wish, dict):
        return bool(value == wish)
    return all(_holds(value, operator, operand) for operator, operand in wish.items())


def _holds(value: Any, operator: str, operand: Any) -> bool:
    """A comparison with what is missing, or null, holds never."""
    match operator:
        case "$in":
            return value in operand
        case "$ne":
            return bool(value != operand) and not (isinstance(value, list) and operand in value)
        case "$exists":
            return bool((value is not MISSING) == operand)
        case "$not":
            return not _fits(value, operand)
        case "$lt":
            return value is not MISSING and value is not None and value < operand
        case "$gte":
            return value is not MISSING and value is not None and value >= operand
        case _:
            raise NotImplementedError(f"a filter with {operator}")


def inserted_by(wanted: Mapping[str, Any], update: Mapping[str, Any]) -> Document:
    """What an upsert inserts where nothing matches."""
    document = {name: wish for name, wish in wanted.items() if not isinstance(wish, dict)}
    change(document, update)
    return document


def change(document: Document, update: Mapping[str, Any]) -> None:
    for operator, fields in update.items():
        for path, value in fields.items():
            _change(document, operator, path, copied(value))


def _change(document: Document, operator: str, path: str, value: Any) -> None:
    *outer, name = path.split(".")
    at = document
    for step in outer:
        at = at.setdefault(step, {})
    match operator:
        case "$set":
            at[name] = value
        case "$unset":
            at.pop(name, None)
        case "$max":
            at[name] = max(at.get(name, value), value)
        case "$push":
            (field,) = value["$sort"]
            at[name] = sorted([*at[name], *value["$each"]], key=lambda one: one[field])
        case _:
            raise NotImplementedError(f"an update with {operator}")
