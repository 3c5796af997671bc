"""Queries and tweets drawn by Hypothesis from few words, so that they often meet."""

from typing import get_args

from hypothesis import strategies as st

from schemas.search import Facts, Node, Said
from schemas.search.tree import (
    All,
    Any,
    Being,
    Cashtag,
    From,
    Has,
    Hashtag,
    Having,
    InConversation,
    InReplyTo,
    Is,
    Lang,
    Mentions,
    MinLikes,
    Not,
    Quotes,
    Retweets,
    RetweetsOf,
    Since,
    To,
    Until,
    Url,
    Words,
)

WORDS = ("dipper", "heron", "kestrel", "鳥", "\N{BIRD}", "otus", "काला", "किला")
TAGS = ("birding", "øring", "canal")
USERS = {"ada": 1, "bob": 2, "carla": 3}
BY_ID = (10**15, 2**63 - 1)
"""Users who may be named by their ids."""
IDS = (10, 11, 12)
HELD: tuple[Has, ...] = get_args(Has)
KINDS: tuple[Is, ...] = get_args(Is)

_words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple)
_names = st.sampled_from([*USERS, "nobody"])
_users = st.one_of(_names, st.sampled_from(BY_ID))
_ids = st.sampled_from(IDS)
_tags = st.sampled_from(TAGS)
_cashtags = st.sampled_from(("ada", "brd"))
_langs = st.sampled_from(("en", "de"))

ANCHORS: st.SearchStrategy[Node] = st.one_of(
    _words.map(Words),
    _tags.map(Hashtag),
    _cashtags.map(Cashtag),
    _names.map(Mentions),
    _users.map(From),
    _users.map(To),
    _users.map(RetweetsOf),
    _words.map(Url),
    _ids.map(InConversation),
    _ids.map(InReplyTo),
    _ids.map(Quotes),
    _ids.map(Retweets),
)
CONDITIONS: st.SearchStrategy[Node] = st.one_of(
    _langs.map(Lang),
    st.sampled_from(HELD).map(Having),
    st.sampled_from(KINDS).map(Being),
    st.integers(0, 5).map(MinLikes),
    st.integers(0, 20).map(Since),
    st.integers(0, 20).map(Until),
)


def _flat(kind: type[All] | type[Any], parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return kind(tuple(flat))


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(Not),
        several.map(lambda parts: _flat(All, parts)),
        several.map(lambda parts: _flat(Any, parts)),
    )


def _anchored(node: Node, anchor: Node) -> Node:
    """With something to look up, as `parse` asks for."""
    return _flat(All, [anchor, node])


NODES = st.recursive(st.one_of(ANCHORS, CONDITIONS), _larger, max_leaves=6)
QUERIES = st.one_of(ANCHORS, st.builds(_anchored, NODES, ANCHORS))


@st.composite
def tweets(draw: st.DrawFn) -> Facts:
    users = st.sampled_from([*USERS.values(), *BY_ID, 4])
    kind = draw(st.sampled_from(("plain", "reply", "retweet", "quote")))
    text = Said(
        words=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=6))),
        hashtags=draw(st.frozensets(_tags)),
        cashtags=draw(st.frozensets(_cashtags)),
        mentions=draw(st.frozensets(users)),
        urls=tuple(draw(st.lists(_words, max_size=2))),
        lang=draw(_langs),
    )
    return Facts(
        tweet_id=draw(st.integers(0, 20)),
        author=draw(users),
        said=Said() if kind == "retweet" else text,
        conversation=draw(_ids),
        parent=draw(_ids) if kind == "reply" else None,
        parent_author=draw(users) if kind == "reply" else None,
        quote_of=draw(_ids) if kind == "quote" else None,
        retweet_of=draw(_ids) if kind == "retweet" else None,
        retweeted_author=draw(users) if kind == "retweet" else None,
        media=draw(
            st.sampled_from(
                (frozenset(), frozenset({"media", "images"}), frozenset({"media", "videos"}))
            )
        ),
        likes=draw(st.integers(0, 5)),
    )
