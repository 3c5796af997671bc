"""The form in which a text is stored, and how it is said that it cannot be."""

import unicodedata

MAX_WEIGHT = 280


class TextRejected(ValueError):
    """The text cannot be a tweet; the message says why."""


class TextTooLong(TextRejected):
    """`measured` says how long it is."""

    def __init__(self, measured: str) -> None:
        super().__init__(f"the text is too long ({measured})")
        self.measured = measured


def normalize(text: str) -> str:
    """The composed form (NFC), in which a tweet is weighed, stored and indexed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
