"""How text becomes words: the same for what is written and for what is looked for.

The index gets the words ready made, so that it and `matches` can never see different ones.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

from schemas.text.categories import of_category

MAX_WORD = 100
"""Longer words are cut, on both sides."""

_ALONE = (
    "\u0e00-\u0eff\u1000-\u1049\u104c-\u109f\u1780-\u17d3\u17dc-\u17ff\u1950-\u19da\u1a20-\u1a9f"
    "\ua9e0-\ua9ff\uaa60-\uaadd\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
)
"""Scripts written without spaces, of which each character is a word, and emoji."""

_apart = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)
"""For ASCII: whatever separates becomes a space, which is several times as fast as a pattern."""

_unread = re.compile(
    "[\u00ad\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20dc\ufe20-\ufe2f\u180b-\u180f\u200d"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff]+"
)
"""Accents, the points of Hebrew and Arabic, what only shapes or joins letters: a word is the same
without them."""


@cache
def _words() -> Callable[[str], list[str]]:
    """Words hold marks too, such as the vowel signs of Indian scripts, which `\\w` leaves out.

    The selectors from U+FE00 on and what encloses, as a keycap does, are of symbols, and separate.
    Marks beyond U+FFFF, compared with their ranges one by one, are looked for only there. The group
    is not possessive: CPython 3.11.2 then keeps what it has only tried, such as an emoji.
    """
    letter = rf"[^\W_{_ALONE}]"
    marks = of_category("Mn", "Mc", among=[range(0xFE00)])
    beyond = of_category("Mn", "Mc", among=[range(0x10000, 0x20000)])
    mark = rf"(?:[{marks}](?<![{_ALONE}])|(?=[\U00010000-\U0001ffff])[{beyond}])"
    return re.compile(rf"[{_ALONE}]|{letter}++(?:{mark}{letter}*+)*").findall


def fold(text: str) -> str:
    """Without the differences of case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.casefold())
    if text.isascii():
        return text.lower()
    text = _unread.sub("", text).casefold()
    return unicodedata.normalize("NFKD", text)  # marks that stood apart may have to change places


def words_of(text: str) -> tuple[str, ...]:
    """In the order of the text; whatever is neither letter, digit nor emoji only separates."""
    text = fold(text)
    ascii_only = text.isascii()
    words = text.encode().translate(_apart).decode().split() if ascii_only else _words()(text)
    return tuple([word[:MAX_WORD] for word in words] if len(text) > MAX_WORD else words)


_without_scheme = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def words_of_url(url: str) -> tuple[str, ...]:
    """Of host and path, without the scheme and `www.`"""
    start = _without_scheme.match(url)
    return words_of(url[start.end() if start else 0 :])
