"""The text of a tweet: its weight, what it may not be, and what it holds.

The patterns behind it take half a second to compile: they load with the first text, so that
commands and workers that look at none start without them.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

from schemas.text.entities import Entities, Mention, Tag, Url
from schemas.text.stored import MAX_WEIGHT, TextRejected, TextTooLong, normalize

__all__ = [
    "MAX_WEIGHT",
    "Entities",
    "Mention",
    "Tag",
    "TextRejected",
    "TextTooLong",
    "Url",
    "check",
    "entities",
    "load",
    "mentions",
    "normalize",
    "weigh",
]


def load() -> None:
    """For who would rather wait now than with the first text."""
    _finding(), _weight()


@cache
def _finding() -> ModuleType:
    return import_module("schemas.text.finding")


@cache
def _weight() -> ModuleType:
    return import_module("schemas.text.weight")


def weigh(text: str) -> int:
    """The weighted length by version 3 of Twitter's rules."""
    weight: int = _weight().weigh(text)
    return weight


def check(text: str) -> str:
    """The text as it is to be stored, or `TextRejected`."""
    checked: str = _weight().check(text)
    return checked


def mentions(text: str) -> list[str]:
    """The user names in `text`, in lower case, each once, in its order."""
    found: list[str] = _finding().mentions(text)
    return found


def entities(text: str) -> Entities | None:
    """What `text`, as `check` returned it, holds; None when that is nothing."""
    found: Entities | None = _finding().entities(text)
    return found
