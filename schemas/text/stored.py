"""The form in which a text is stored, and how it is said that it cannot be."""

import unicodedata

MAX_WEIGHT = 280


class TextRejected(ValueError):
    """The text cannot be a tweet; the message says why."""


def normalize(text: str) -> str:
    """The composed form (NFC), in which a tweet is weighed, stored and indexed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
