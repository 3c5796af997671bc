"""What of twitter-text-parser is used, made fit for a gateway.

Its patterns try some 1,600 top-level domains and 3,800 emoji one after the other, wherever one
could stand: 0.4 ms for a tweet, and for `a.a.a.a.` 0.1 s at 280 characters and 36 s at 4,480.
Here the same patterns hold the same words as a trie, which reads each character once.
"""

import re
import warnings
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import TypedDict

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports pkg_resources, which announces its own end
    from twitter_text import extract_urls_with_indices
from twitter_text.regexp.emoji import emoji_list
from twitter_text.regexp.extract_url import extract_url
from twitter_text.regexp.invalid_domain_chars import invalid_domain_chars
from twitter_text.regexp.latin_accent_chars import latin_accent_chars
from twitter_text.regexp.punct import punct
from twitter_text.regexp.spaces_group import spaces_group
from twitter_text.regexp.valid_ascii_domain import valid_ascii_domain
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld
from twitter_text.regexp.valid_url_balanced_parens import valid_url_balanced_parens

# The insides of regex classes.
LATIN_ACCENTS: str = latin_accent_chars.pattern
PUNCTUATION: str = punct
SPACES: str = spaces_group


class FoundUrl(TypedDict):
    """`indices` are code points, the end exclusive."""

    url: str
    indices: tuple[int, int]


def trie(words: Iterable[str], any_case: bool = False) -> str:
    """A pattern that matches the longest of `words`, with a branch per character."""
    tails: dict[str, set[str]] = {}
    for word in words:
        tails.setdefault(word[:1], set()).add(word[1:])
    may_end_here = tails.pop("", None) is not None
    last: list[str] = []
    branches: list[str] = []
    for head, rest in tails.items():
        chars = "".join({head, head.upper(), head.lower()}) if any_case else head
        if rest == {""}:
            last.append(re.escape(chars))
        else:
            branches.append(f"[{re.escape(chars)}]{trie(rest, any_case)}")
    if last:
        branches.append(f"[{''.join(last)}]")
    pattern = f"(?:{'|'.join(branches)})" if branches else ""
    return f"{pattern}?" if pattern and may_end_here else pattern


def _words(tlds: re.Pattern[str]) -> tuple[set[str], str]:
    """The top-level domains of the library's pattern `((a|b|c)lookahead)`, and the lookahead."""
    words, lookahead = tlds.pattern.removeprefix("(?:(?:").removesuffix(")").split(")", 1)
    return set(words.split("|")), lookahead


_generic, _follows = _words(valid_gtld)
_country, _also_follows = _words(valid_cctld)
assert _follows == _also_follows, "both kinds of domain end alike"
_TLD = f"(?-i:{trie(_generic | _country, any_case=True)}){_follows}"
_ALL_TLDS = f"{valid_gtld.pattern}|{valid_cctld.pattern}"


def _with_trie(pattern: re.Pattern[str]) -> re.Pattern[str]:
    assert _ALL_TLDS in pattern.pattern, "twitter-text-parser has changed its patterns"
    return re.compile(pattern.pattern.replace(_ALL_TLDS, _TLD), pattern.flags)


_ONE_IN_PARENS = f"|(?:{valid_url_balanced_parens.pattern})"


def _with_runs(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Takes a run of groups in parentheses at once: else all of what follows is looked through
    again for each of them, and a URL of 460 takes 21 ms.

    It finds the same: what could go on behind one of them could have gone on before it.
    """
    assert pattern.pattern.count(_ONE_IN_PARENS) == 1, "twitter-text-parser has changed its paths"
    return re.compile(pattern.pattern.replace(_ONE_IN_PARENS, f"{_ONE_IN_PARENS}+"), pattern.flags)


_IN_LABEL = rf"\-a-z0-9{LATIN_ACCENTS}"


def _of_whole_labels(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Begins only where a chain of labels does: else each of its characters is tried, and each
    time the whole chain is read.

    It finds the same: a chain that holds no domain from its beginning on holds none further in.
    """
    assert _IN_LABEL in pattern.pattern, "twitter-text-parser has changed its domains"
    start = rf"(?<![{_IN_LABEL}])(?<![{_IN_LABEL}]\.)"
    return re.compile(start + pattern.pattern, pattern.flags)


_find_urls: Callable[[str], list[FoundUrl]] = FunctionType(
    extract_urls_with_indices.__code__,
    extract_urls_with_indices.__globals__
    | {
        "extract_url": _with_trie(_with_runs(extract_url)),
        "valid_ascii_domain": _with_trie(_of_whole_labels(valid_ascii_domain)),
    },
    argdefs=extract_urls_with_indices.__defaults__,
)
"""The library's own function, with two of the names that it looks up bound anew."""

_may_hold_url = re.compile(
    rf"\.(?<=[^{invalid_domain_chars.pattern}]\.)(?:{_TLD}|xn--)", re.IGNORECASE
).search
"""A dot between a character of a domain and a top-level domain: no URL is without one."""


def urls_in(text: str) -> list[FoundUrl]:
    return _find_urls(text) if "." in text and _may_hold_url(text) else []


EMOJI = {
    "".join(chr(int(code, 16)) for code in emoji.codepoint.split()) for emoji in emoji_list
} - {"©", "®", "™"}
"""The emoji of Unicode 12. The three signs count as emoji to the library; to Twitter only before
U+FE0F, so that a plain © weighs 1."""
