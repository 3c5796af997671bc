"""What stands in the midst of other text, as names do, and must leave that as it is."""

import re

_unfit = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufeff]"
).search
"""Control characters, ends of lines, and marks that nobody sees and that turn the direction of what
follows, or of all up to the end."""


def unfit(text: str) -> str:
    """The first character that must not be in it, as `U+202E`; empty where there is none."""
    found = _unfit(text)
    return f"U+{ord(found[0]):04X}" if found else ""
