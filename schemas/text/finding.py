"""Hashtags, cashtags, mentions and URLs in a text, by the rules of twitter-text.

No Python library that is still kept finds any but the URLs; the patterns follow the specification,
but for one point: a user name has at most 15 characters as on Twitter itself, not 20, and no
mention is cut out of a longer one.
"""

import re
from collections.abc import Sequence

from schemas.text.categories import of_category
from schemas.text.entities import Entities, Mention, Tag, Url
from schemas.text.library import LATIN_ACCENTS, PUNCTUATION, SPACES, urls_in

_LETTERS = of_category("L", "M")
_IN_TAG = (
    _LETTERS + of_category("Nd") + "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c"
    "\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
)
_letter = re.compile(f"[{_LETTERS}]").search

_HASH, _AT = "#\uff03", "@\uff20"

# What is not in a class beyond U+FFFF is compared with its ranges one by one: ASCII is asked first.
_ASCII_IN_TAG, _ASCII_APART = "A-Za-z0-9_", r"\x00-%'-/:-@\[-^`{-\x7f"
_BEYOND_IN_TAG = rf"(?![\x00-\x7f])[{_IN_TAG}]"

# Each pattern begins with its sign, which `re` finds fastest, and then looks back over it.
_hashtag = re.compile(
    rf"[{_HASH}](?:(?<=[{_ASCII_APART}].)|(?<![{_IN_TAG}&].)|(?<=[\ufe0e\ufe0f].))"
    rf"(?![\ufe0f\u20e3])([{_ASCII_IN_TAG}]++(?:{_BEYOND_IN_TAG}++)?|{_BEYOND_IN_TAG}++)"
    rf"(?![{_ASCII_IN_TAG}{_HASH}]|://|{_BEYOND_IN_TAG})"
).finditer
_mention = re.compile(
    rf"[{_AT}](?:(?<![A-Za-z0-9_!#$%&*{_AT}].)|(?<=[Rr][Tt].)(?<![A-Za-z0-9_+~.\-][Rr][Tt].))"
    r"([A-Za-z0-9_]{1,15}+)(?![A-Za-z0-9_])(/[A-Za-z][A-Za-z0-9_-]{0,24}+)?+"
    rf"(?![{_AT}{LATIN_ACCENTS}]|://)"
).finditer
_cashtag = re.compile(
    rf"\$(?<![^{SPACES}]\$)([A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?)(?=\Z|\s|[{PUNCTUATION}])"
).finditer
_url_parts = re.compile(r"(https?://)?(?:www\.)?([^/?]*)(.*)", re.IGNORECASE).fullmatch
_SHOWN_PATH = 15


def _url(start: int, end: int, url: str) -> Url:
    parts = _url_parts(url)
    assert parts is not None, "the pattern takes any line"
    scheme, host, path = parts.groups()
    shown = path if len(path) <= _SHOWN_PATH else f"{path[:_SHOWN_PATH]}…"
    return Url(start, end, url, url if scheme else f"http://{url}", host + shown)


def _starts_apart(found: Sequence[Url | Mention | Tag]) -> set[int]:
    """The starts of those that begin after the end of the last one kept."""
    kept: set[int] = set()
    free_from = 0
    for one in sorted(found, key=lambda one: one.start):
        if one.start >= free_from:
            kept.add(one.start)
            free_from = one.end
    return kept


def mentions(text: str) -> list[str]:
    """The user names in `text`, in lower case, each once, in its order."""
    return list(dict.fromkeys(mention.username.lower() for mention in _mentions(text)))


def _hashtags(text: str) -> list[Tag]:
    if "#" not in text and "\uff03" not in text:
        return []
    return [Tag(*found.span(), tag) for found in _hashtag(text) if _letter(tag := found[1])]


def _mentions(text: str) -> list[Mention]:
    """Without those that stand for a list: @user/list."""
    if "@" not in text and "\uff20" not in text:
        return []
    return [Mention(*found.span(), found[1]) for found in _mention(text) if not found[2]]


def _cashtags(text: str) -> list[Tag]:
    if "$" not in text:
        return []
    return [Tag(*found.span(), found[1]) for found in _cashtag(text)]


def entities(text: str) -> Entities | None:
    """What `text`, as `check` returned it, holds; None when that is nothing."""
    hashtags, mentions, cashtags = _hashtags(text), _mentions(text), _cashtags(text)
    urls = [_url(*found["indices"], text[slice(*found["indices"])]) for found in urls_in(text)]
    if urls:
        kept = _starts_apart([*urls, *mentions, *hashtags, *cashtags])
        urls = [url for url in urls if url.start in kept]
        hashtags = [tag for tag in hashtags if tag.start in kept]
        mentions = [mention for mention in mentions if mention.start in kept]
        cashtags = [tag for tag in cashtags if tag.start in kept]
    if not (hashtags or mentions or cashtags or urls):
        return None
    return Entities(
        hashtags=tuple(hashtags),
        cashtags=tuple(cashtags),
        mentions=tuple(mentions),
        urls=tuple(urls),
    )
