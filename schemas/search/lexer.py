"""A query cut into tokens, each with its place."""

import re
from enum import Enum, auto

from msgspec import Struct

from schemas.search.rejection import QueryRejected


class Kind(Enum):
    open = auto()
    close = auto()
    either = auto()
    minus = auto()
    phrase = auto()
    tag = auto()
    operator = auto()
    word = auto()


class Token(Struct, frozen=True):
    """`text` is what counts of it, `name` its sign or operator; `column` counts from 1."""

    kind: Kind
    column: int
    text: str = ""
    name: str = ""


_token = re.compile(
    r"(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))"
    r'|(?P<operator>[A-Za-z_]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s()"]*))'
    r'|"(?P<phrase>[^"]*)"|(?P<sign>[#＃$@＠])(?P<tag>[^\s()"]*)|(?P<word>[^\s()"]+)'
).match
_AMBIGUOUS = {"or": "OR, in capitals", "and": "a space", "not": "a minus, as in -word"}


def tokens(query: str) -> list[Token]:
    """Raises `QueryRejected`."""
    found: list[Token] = []
    place = 0
    while place < len(query):
        match = _token(query, place)
        if match is None:  # of all characters only a quote may begin what no pattern takes
            raise QueryRejected('this " has no partner', place + 1)
        column, place = place + 1, match.end()
        if token := _token_of(match, column):
            found.append(token)
    return found


def _token_of(match: re.Match[str], column: int) -> Token | None:
    group = match.groupdict()
    if group["space"]:
        return None
    for sign in (Kind.open, Kind.close, Kind.minus):
        if group[sign.name]:
            return Token(sign, column)
    if operator := group["operator"]:
        quoted = group["quoted"]
        return Token(
            Kind.operator, column, group["value"] if quoted is None else quoted, operator.lower()
        )
    if group["phrase"] is not None:
        return Token(Kind.phrase, column, group["phrase"])
    if sign_char := group["sign"]:
        return Token(
            Kind.tag, column, group["tag"], {"＃": "#", "＠": "@"}.get(sign_char, sign_char)
        )
    return _word(group["word"], column)


def _word(word: str, column: int) -> Token:
    if word == "OR":
        return Token(Kind.either, column)
    if meant := _AMBIGUOUS.get(word.lower()):
        raise QueryRejected(
            f'{word!r} may be an operator or a word: write {meant}, or "{word}" in quotes', column
        )
    return Token(Kind.word, column, word)
