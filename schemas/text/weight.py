"""How much of a tweet's 280 a text takes, and whether it may be a tweet at all."""

import re

from schemas.text.library import EMOJI, trie, urls_in
from schemas.text.stored import MAX_WEIGHT, TextRejected, TextTooLong, normalize

MAX_CODE_POINTS = 1_400
"""As many as 280 of weight can hold: 140 emoji of ten. Only a URL of more than 1,100 would make a
longer text light enough. To look for URLs takes time by the square of the length where letters and
dots go on that no top-level domain ends: 0.1 s at most found for a text of so many, which is
refused then. In one that is accepted they weigh, so that there are 280 of them: 5 ms."""

URL_WEIGHT = 23

_heavy = re.compile("[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]").findall
"""The characters that weigh 2; every other weighs 1."""

_GLUE = "#*0123456789\u200d\ufe0f"
"""Parts of an emoji sequence that never make one by themselves."""
_in_first_plane = {char for char in "".join(EMOJI) if char <= "\uffff"} - {*_GLUE}
_may_hold_emoji = re.compile(f"[{''.join(_in_first_plane)}\U00010000-\U0010ffff]").search
_emoji = re.compile(trie(EMOJI))
_AS_HEAVY = "\N{GRINNING FACE}"

_invalid = re.compile("[\0\ud800-\udfff\ufeff\ufffe\uffff]").search


def weigh(text: str) -> int:
    """The weighted length by version 3 of Twitter's rules."""
    text = normalize(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    for found in reversed(urls_in(text)):
        start, end = found["indices"]
        text = f"{text[:start]}{'x' * URL_WEIGHT}{text[end:]}"
    if text.isascii():
        return len(text)
    if _may_hold_emoji(text):
        text = _emoji.sub(_AS_HEAVY, text)
    return len(text) + len(_heavy(text))


def check(text: str) -> str:
    """The text as it is to be stored, or `TextRejected`."""
    if not text or text.isspace():
        raise TextRejected("the text is empty")
    if len(text) > MAX_CODE_POINTS:
        raise TextTooLong(f"{len(text)} characters")
    if found := _invalid(text):
        raise TextRejected(
            f"the text holds an invalid character (U+{ord(found[0]):04X} at {found.start()})"
        )
    text = normalize(text)
    if (weight := weigh(text)) > MAX_WEIGHT:
        raise TextTooLong(f"weight {weight} of {MAX_WEIGHT}")
    return text
