"""What each event does to the index: an action of a bulk, and its body.

A post creates unless something is there, an edit needs a newer version than the one that is there,
and a deletion is final; so the events of one tweet may come again, as in the tweet store. What one
user does to one tweet, and users themselves, carry the offset as their version: the last one wins.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from projections.counters import Counts
from projections.elasticsearch import CONFLICT, CONFLICTS, MISSING, Document
from projections.search.documents import (
    DELETED,
    said_fields,
    tweet_document,
)
from projections.search.indexes import Indexes
from projections.texts.documents import new_version, tweet_of
from schemas.events import (
    ReplyDeleted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetRetweeted,
    Written,
)
from schemas.search.facts import facts_of, said
from schemas.search.matching import told

EXPECTED = frozenset({("create", CONFLICT), ("index", CONFLICT), ("update", MISSING)})
"""What stale, repeated and foreign events meet."""

_EDIT = """
if (ctx._source.deleted == true || ctx._source.author != params.author
    || ctx._source.version >= params.version) { ctx.op = 'none' }
else {
  TreeSet held = new TreeSet();
  held.addAll(params.told);
  if (ctx._source.media != null) { held.addAll(ctx._source.media) }
  ctx._source.putAll(params.fields);
  ctx._source.held = new ArrayList(held);
  ctx._source.version = params.version;
}
"""
_DELETE = """
if (ctx._source.deleted == true || ctx._source.author != params.author) { ctx.op = 'none' }
else { ctx._source.clear(); ctx._source.deleted = true }
"""

Operation: TypeAlias = tuple[Document, Document]
Changing: TypeAlias = Rewritten | TweetDeleted | ReplyDeleted


def created(
    indexes: Indexes, event: Written, lang: str, counted: Mapping[int, Counts]
) -> Operation:
    document = tweet_document(facts_of(tweet_of(event), lang=lang), event.tweet_id)
    if counts := counted.get(event.tweet_id):
        document["likes"], document["likes_as_of"] = counts.likes, counts.as_of
    return _action("create", indexes.tweets, event.tweet_id), document


def change(document: Document, event: Changing, lang: str) -> None:
    """What `_EDIT` and `_DELETE` do to one that is there."""
    if "deleted" in document or document["author"] != str(event.actor):
        return
    if not isinstance(event, Rewritten):
        document.clear()
        document.update(DELETED)
    elif document["version"] < event.version_id:
        wording = said(new_version(event), lang)
        held = told(wording).union(document.get("media", ()))
        document |= {**said_fields(wording), "held": sorted(held), "version": event.version_id}


def retweet_name(event: TweetRetweeted | RetweetRemoved) -> str:
    """One user retweets one tweet once."""
    return f"{event.actor}-{event.tweet_id}"


def _action(action: str, index: str, name: int | str, **more: Any) -> Document:
    return {action: {"_index": index, "_id": str(name), **more}}


def last(index: str, name: int | str, offset: int) -> Document:
    return _action("index", index, name, version=offset + 1, version_type="external_gte")


def update(indexes: Indexes, event: Changing, lang: str) -> Operation:
    action = _action("update", indexes.tweets, event.tweet_id, retry_on_conflict=CONFLICTS)
    if not isinstance(event, Rewritten):
        return action, _script(_DELETE, {"author": str(event.actor)})
    wording = said(new_version(event), lang)
    params = {
        "author": str(event.actor),
        "version": event.version_id,
        "fields": said_fields(wording),
        "told": sorted(told(wording)),
    }
    return action, _script(_EDIT, params)


def _script(source: str, params: Document) -> Document:
    return {"script": {"source": source, "params": params}}
