"""How text becomes words: the same for what is written and for what is looked for.

The index gets the words ready made, so that it and `matches` can never see different ones.
"""

import re
import unicodedata
from functools import lru_cache

MAX_WORD = 100
"""Longer words are cut, on both sides."""

_ALONE = (
    "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
)
"""Scripts written without spaces, of which each character is a word, and emoji."""

_words = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+").findall
_apart = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)
"""For ASCII: whatever separates becomes a space, which is several times as fast as a pattern."""
_accents = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Without the differences of case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.casefold())
    return text.lower() if text.isascii() else _accents.sub("", text).casefold()


def words_of(text: str) -> tuple[str, ...]:
    """In the order of the text; whatever is neither letter, digit nor emoji only separates."""
    text = fold(text)
    ascii_only = text.isascii()
    words = text.encode().translate(_apart).decode().split() if ascii_only else _words(text)
    return tuple([word[:MAX_WORD] for word in words] if len(text) > MAX_WORD else words)


_without_scheme = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def words_of_url(url: str) -> tuple[str, ...]:
    """Of host and path, without the scheme and `www.`"""
    start = _without_scheme.match(url)
    return words_of(url[start.end() if start else 0 :])
