"""The text of a tweet: its weight, what it may not be, and what it holds."""

from schemas.text.entities import Entities, Mention, Tag, Url, entities, mentions
from schemas.text.weight import MAX_WEIGHT, TextRejected, check, normalize, weigh

__all__ = [
    "MAX_WEIGHT",
    "Entities",
    "Mention",
    "Tag",
    "TextRejected",
    "Url",
    "check",
    "entities",
    "mentions",
    "normalize",
    "weigh",
]
