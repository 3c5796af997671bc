"""The tree of a query as Elasticsearch takes it."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from projections.elasticsearch import Document
from projections.search.indexes import PROTECTED
from schemas.ids import MAX_ID
from schemas.search import tree
from schemas.search.tree import Node

NOTHING: Document = {"match_none": {}}


class Window(Struct, frozen=True):
    """Tweets with ids in [oldest, before)."""

    oldest: int = 0
    before: int = MAX_ID


def compiled(node: Node, users: Mapping[str, int]) -> Document:
    """`users` tells whom the query's user names mean now; a name that is missing is nobody's."""
    match node:
        case tree.All(parts):
            return _both(parts, users)
        case tree.Any(parts):
            return {"bool": {"should": [compiled(part, users) for part in parts]}}
        case tree.Not(inner):
            return {"bool": {"must_not": [compiled(inner, users)]}}
        case tree.Words(words):
            return _words("text", words)
        case tree.Url(words):
            return _words("urls", words)
        case tree.Mentions(name):
            return _by(users, name, "mentions")
        case tree.From(user):
            return _by(users, user, "author")
        case tree.To(user):
            return _by(users, user, "parent_author")
        case tree.RetweetsOf(user):
            return _by(users, user, "retweeted_author")
        case tree.Sampled():
            raise TypeError("sample: is for streams only")
        case tree.MinLikes(count):
            return {"range": {"likes": {"gte": count}}}
        case tree.Since(tweet_id):
            return {"range": {"id": {"gte": tweet_id}}}
        case tree.Until(tweet_id):
            return {"range": {"id": {"lt": tweet_id}}}
        case _:
            return _equal(node)


def _both(parts: Sequence[Node], users: Mapping[str, int]) -> Document:
    wanted = [compiled(part, users) for part in parts if not isinstance(part, tree.Not)]
    unwanted = [compiled(part.inner, users) for part in parts if isinstance(part, tree.Not)]
    return {"bool": {"must": wanted, "must_not": unwanted}}


def _words(field: str, words: Sequence[str]) -> Document:
    if len(words) == 1:
        return _term(field, words[0])
    return {"match_phrase": {field: " ".join(words)}}


def _by(users: Mapping[str, int], user: str | int, field: str) -> Document:
    user_id = tree.meant(user, users)
    return NOTHING if user_id is None else _term(field, str(user_id))


def _term(field: str, value: str) -> Document:
    return {"term": {field: value}}


def _equal(
    node: tree.Hashtag
    | tree.Cashtag
    | tree.InConversation
    | tree.InReplyTo
    | tree.Quotes
    | tree.Retweets
    | tree.Lang
    | tree.Having
    | tree.Being,
) -> Document:
    match node:
        case tree.Hashtag(tag):
            return _term("hashtags", tag)
        case tree.Cashtag(tag):
            return _term("cashtags", tag)
        case tree.InConversation(tweet_id):
            return _term("conversation", str(tweet_id))
        case tree.InReplyTo(tweet_id):
            return _term("parent", str(tweet_id))
        case tree.Quotes(tweet_id):
            return _term("quote_of", str(tweet_id))
        case tree.Retweets(tweet_id):
            return _term("retweet_of", str(tweet_id))
        case tree.Lang(lang):
            return _term("lang", lang)
        case tree.Having(what):
            return _term("held", what)
        case tree.Being(what):
            return _term("kinds", what)


def inside(window: Window) -> Document:
    return {"range": {"id": {"gte": window.oldest, "lt": window.before}}}


def hidden(state: str, allowed: Collection[int], walled: Collection[int]) -> list[Document]:
    """What protected accounts wrote, and what was retweeted of them, but for the `allowed`; and the
    same of those who are `walled` off."""
    protected: Document = {"index": state, "id": PROTECTED, "path": "ids"}
    found: list[Document] = []
    for field in ("author", "retweeted_author"):
        seen = {"terms": {field: [str(author) for author in sorted(allowed)]}}
        found.append({"bool": {"filter": [{"terms": {field: protected}}], "must_not": [seen]}})
        if walled:
            found.append({"terms": {field: [str(author) for author in sorted(walled)]}})
    return found


def filtered(query: Document, window: Window, unseen: Sequence[Document]) -> Document:
    """The same without scores."""
    return {"bool": {"filter": [query, inside(window)], "must_not": unseen}}


RECENT_DAYS = 2


def scored(query: Document, window: Window, unseen: Sequence[Document], now: int) -> Document:
    """How well the words fit, times what likes and freshness add up to.

    A tweet without likes counts a third of one with eight of them; one of `now`, milliseconds
    since the Unix epoch, gets one more, which halves every `RECENT_DAYS`.
    """
    return {
        "function_score": {
            "query": {"bool": {"must": [query], "filter": [inside(window)], "must_not": unseen}},
            "functions": [
                {"field_value_factor": {"field": "likes", "modifier": "log2p", "missing": 0}},
                {"exp": {"at": {"origin": now, "scale": f"{RECENT_DAYS}d", "decay": 0.5}}},
            ],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }
