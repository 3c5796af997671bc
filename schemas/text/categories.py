"""Characters by their Unicode categories, of which `re` knows none."""

import unicodedata
from collections.abc import Sequence
from itertools import chain

_ASSIGNED = (range(0x33480), range(0xE0100, 0xE01F0))
"""The rest is private or unassigned."""


def of_category(*categories: str, among: Sequence[range] = _ASSIGNED) -> str:
    """The characters of these Unicode categories, as the inside of a regex class."""
    ranges: list[list[int]] = []
    for code in chain.from_iterable(among):
        if unicodedata.category(chr(code)).startswith(categories):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
