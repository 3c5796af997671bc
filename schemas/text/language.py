"""The language that a text is written in."""

import re
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.text.language_model import LanguageModel

UNKNOWN = "und"

LANGUAGES = (
    "am ar bg bn bs ca cs cy da de el en es et eu fa fi fr gu he hi hr ht hu hy id is it ja"
    " ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru si sk sl sr sv ta te th tl tr"
    " ug uk ur vi zh"
)
"""Those that X tells apart and the model knows, in ISO 639-1. More of them, more mistakes."""

_no_language = re.compile(r"[h@#$＠＃](?:(?<=h)ttps?://\S+|(?<!h)\w+)").sub
"""Begins with the letters that it may begin with, which `re` finds fastest."""


def languages_of(texts: Sequence[str]) -> list[str]:
    """An ISO 639-1 code or `und` for each; the same text gives the same answer."""
    return model().languages_of([_no_language(" ", text) for text in texts]) if texts else []


def language_of(text: str) -> str:
    """Of one text; several at once take less time each."""
    return languages_of([text])[0]


_loading = Lock()


def model() -> "LanguageModel":
    """Loading it takes a second, so that only those who ask pay for it, and of threads one."""
    with _loading:
        return _loaded()


@cache
def _loaded() -> "LanguageModel":
    from schemas.text.language_model import LanguageModel

    return LanguageModel(LANGUAGES.split())
