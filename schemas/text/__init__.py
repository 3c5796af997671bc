"""The text of a tweet: its weight, what it may not be, and what it holds.

The patterns behind it take half a second to compile: they load with the first text, so that
commands and workers that look at none start without them.
"""

from schemas.text.entities import Entities, Mention, Tag, Url
from schemas.text.stored import MAX_WEIGHT, TextRejected, normalize

__all__ = [
    "MAX_WEIGHT",
    "Entities",
    "Mention",
    "Tag",
    "TextRejected",
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
    from schemas.text import finding, weight  # noqa: F401 - to import them is all


def weigh(text: str) -> int:
    """The weighted length by version 3 of Twitter's rules."""
    from schemas.text import weight

    return weight.weigh(text)


def check(text: str) -> str:
    """The text as it is to be stored, or `TextRejected`."""
    from schemas.text import weight

    return weight.check(text)


def mentions(text: str) -> list[str]:
    """The user names in `text`, in lower case, each once, in its order."""
    from schemas.text import finding

    return finding.mentions(text)


def entities(text: str) -> Entities | None:
    """What `text`, as `check` returned it, holds; None when that is nothing."""
    from schemas.text import finding

    return finding.entities(text)
