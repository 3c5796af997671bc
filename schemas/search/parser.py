"""From the text of a query to its tree.

    any     := all ("OR" all)*
    all     := part+                     a space joins first, OR after it
    part    := "-" part | "(" any ")" | word | "phrase" | #tag | $tag | @name | operator:value

A query must hold something to look up: words, a tag, a user or a link, not negated, and that in
each branch of an OR. Conditions such as `is:reply` and negations only narrow down what that finds.
"""

from collections.abc import Collection

from msgspec import Struct

from schemas.search.lexer import Kind, Token, tokens
from schemas.search.operators import ValueWrong, leaf, username
from schemas.search.rejection import SHOWN, QueryRejected
from schemas.search.tree import (
    All,
    Any,
    Being,
    Cashtag,
    Hashtag,
    Having,
    Lang,
    Mentions,
    MinLikes,
    Node,
    Not,
    Sampled,
    Since,
    Until,
    Words,
)
from schemas.search.words import fold, words_of
from schemas.text import entities

MAX_LENGTH = 512
MAX_DEPTH = 8
"""Groups within groups: the index takes trees of some thirty levels, and each group makes three."""

NARROWING = (Lang, Having, Being, Sampled, MinLikes, Since, Until, Not)
_TOO_WIDE = "a query needs a word, a phrase, a #, $ or @, a user or a link that is not negated"


def parse(
    query: str, *, max_length: int = MAX_LENGTH, without: Collection[str] = frozenset()
) -> Node:
    """Takes no operator that is named in `without`. Raises `QueryRejected`."""
    if len(query) > max_length:
        raise QueryRejected(
            f"the query has {len(query)} characters of {max_length}", max_length + 1
        )
    found = _Parser(tokens(query), len(query) + 1, without).whole()
    if (loose := _loose(found)) is not None:
        raise QueryRejected(_TOO_WIDE, loose)
    return found.node


class _Found(Struct, frozen=True):
    """A tree with its place, and the parts that it was put together from."""

    node: Node
    column: int
    parts: tuple["_Found", ...] = ()


def _loose(found: _Found) -> int | None:
    """The column of a branch that would match nearly everything, or None."""
    match found.node:
        case Any():
            return next((at for part in found.parts if (at := _loose(part)) is not None), None)
        case All():
            loose = [_loose(part) for part in found.parts]
            return None if None in loose else loose[0]
        case node:
            return found.column if isinstance(node, NARROWING) else None


class _Parser:
    def __init__(self, found: list[Token], end: int, without: Collection[str]) -> None:
        self._tokens = found
        self._end = end
        self._without = without
        self._next = 0
        self._depth = 0

    def whole(self) -> _Found:
        if not self._tokens:
            raise QueryRejected("the query is empty", 1)
        found = self._any()
        if (token := self._peek()) is not None:
            raise QueryRejected("this ) closes nothing", token.column)
        return found

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _any(self) -> _Found:
        found = [self._all()]
        while (token := self._peek()) is not None and token.kind is Kind.either:
            self._take()
            found.append(self._all())
        return _joined(Any, found)

    def _all(self) -> _Found:
        found: list[_Found] = []
        while (token := self._peek()) is not None and token.kind not in (Kind.either, Kind.close):
            found.append(self._part())
        if found:
            return _joined(All, found)
        if token is None:
            raise QueryRejected("something must follow here", self._end)
        missing = "before this OR" if token.kind is Kind.either else "before this )"
        raise QueryRejected(f"something must stand {missing}", token.column)

    def _part(self) -> _Found:
        token = self._take()
        match token.kind:
            case Kind.open:
                return self._group(token)
            case Kind.minus:
                return self._negated(token)
            case Kind.operator:
                if token.name in self._without:
                    raise QueryRejected(f"{token.name}: cannot be asked for here", token.column)
                return _Found(leaf(token.name, token.text, token.column), token.column)
            case Kind.tag:
                return _Found(_tag(token), token.column)
            case _:
                return _Found(_words(token), token.column)

    def _group(self, opening: Token) -> _Found:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryRejected(
                f"groups may be {MAX_DEPTH} deep, and this is one more", opening.column
            )
        found = self._any()
        if (closing := self._peek()) is None:
            raise QueryRejected("this ( is never closed", opening.column)
        assert closing.kind is Kind.close, "a group ends at nothing else"
        self._take()
        self._depth -= 1
        return found

    def _negated(self, minus: Token) -> _Found:
        following = self._peek()
        assert following is not None, "the lexer sees a minus only before something"
        if following.kind is Kind.minus:
            raise QueryRejected("a second - undoes the first: leave out both", following.column)
        if following.kind is Kind.either:
            raise QueryRejected('"OR" cannot be negated', following.column)
        return _Found(Not(self._part().node), minus.column)


def _joined(kind: type[All] | type[Any], found: list[_Found]) -> _Found:
    """Flat: groups of the same kind become part of this one."""
    if len(found) == 1:
        return found[0]
    parts: list[_Found] = []
    for one in found:
        parts += one.parts if isinstance(one.node, kind) else [one]
    return _Found(kind(tuple(part.node for part in parts)), found[0].column, tuple(parts))


def _words(token: Token) -> Words:
    if words := words_of(token.text):
        return Words(words)
    text = token.text[:SHOWN]
    shown = f'"{text}"' if token.kind is Kind.phrase else text
    raise QueryRejected(f"{shown} holds neither letter, digit nor emoji", token.column)


def _tag(token: Token) -> Node:
    if token.name == "@":
        try:
            return Mentions(username(token.text))
        except ValueWrong as error:
            raise QueryRejected(f"@ takes {error}", token.column) from error
    whole = f"{token.name}{token.text}"
    found = entities(whole)
    tags = found and (found.hashtags if token.name == "#" else found.cashtags)
    if not tags or (tags[0].start, tags[0].end) != (0, len(whole)):
        kind = "hashtag" if token.name == "#" else "cashtag"
        raise QueryRejected(f"{whole[:SHOWN]} is no {kind}", token.column)
    return Hashtag(fold(tags[0].tag)) if token.name == "#" else Cashtag(fold(tags[0].tag))
