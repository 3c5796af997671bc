"""What each event does to the index, as lines of a bulk.

A post creates unless something is there, an edit needs a newer version than the one that is there,
and a deletion is final; so the events of one tweet may come again, as in the tweet store. What one
user does to one tweet, and users themselves, carry the offset as their version: the last one wins.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from projections.counters import Counts
from projections.elasticsearch import CONFLICT, MISSING, Document
from projections.search.documents import (
    DELETED,
    retweet_facts,
    said_fields,
    tweet_document,
    user_document,
)
from projections.search.indexes import Indexes
from projections.texts.documents import new_version, tweet_of
from projections.view import Recorded
from schemas.events import (
    Event,
    ProfileChanged,
    ReplyDeleted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetRetweeted,
    UserRegistered,
    Written,
)
from schemas.search.facts import facts_of, said
from schemas.search.matching import told
from schemas.text.language import UNKNOWN, languages_of

EXPECTED = frozenset({("create", CONFLICT), ("index", CONFLICT), ("update", MISSING)})
"""What stale, repeated and foreign events meet."""

CONFLICTS = 20

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

encode_lines = msgspec.json.Encoder().encode_lines


def lines_of(
    indexes: Indexes, recorded: Sequence[Recorded], counted: Mapping[int, Counts]
) -> bytes:
    """What is written begins with what was `counted` of it."""
    languages = _languages(recorded)
    lines: list[Document] = []
    for offset, event in recorded:
        lang = languages.get(offset, UNKNOWN)
        lines += _operation(indexes, offset, event, lang, counted)
    return encode_lines(lines)


def _languages(recorded: Sequence[Recorded]) -> dict[int, str]:
    """By offset, the language of what was written, where the event does not say it."""
    said = {offset: event for offset, event in recorded if isinstance(event, Written | Rewritten)}
    unknown = [offset for offset, event in said.items() if event.lang == UNKNOWN]
    found = languages_of([said[offset].text for offset in unknown])
    known = {offset: event.lang for offset, event in said.items()}
    return known | dict(zip(unknown, found, strict=True))


def _operation(
    indexes: Indexes, offset: int, event: Event, lang: str, counted: Mapping[int, Counts]
) -> tuple[Document, Document] | tuple[()]:
    """An action and its body; nothing for events that the index does not follow."""
    match event:
        case Written():
            facts = facts_of(tweet_of(event), lang=lang)
            document = tweet_document(facts, event.tweet_id)
            if counts := counted.get(event.tweet_id):
                document |= {"likes": counts.likes, "likes_as_of": counts.as_of}
            return _action("create", indexes.tweets, event.tweet_id), document
        case Rewritten():
            return _update(indexes, event.tweet_id), _edited(event, lang)
        case TweetDeleted() | ReplyDeleted():
            params = {"author": str(event.actor)}
            return _update(indexes, event.tweet_id), _script(_DELETE, params)
        case TweetRetweeted():
            document = tweet_document(retweet_facts(event), event.retweet_id)
            return _last(indexes.tweets, retweet_name(event), offset), document
        case RetweetRemoved():
            return _last(indexes.tweets, retweet_name(event), offset), DELETED
        case UserRegistered() | ProfileChanged():
            return _last(indexes.users, event.user_id, offset), user_document(event)
        case _:
            return ()


def retweet_name(event: TweetRetweeted | RetweetRemoved) -> str:
    """One user retweets one tweet once."""
    return f"{event.actor}-{event.tweet_id}"


def _action(action: str, index: str, name: int | str, **more: Any) -> Document:
    return {action: {"_index": index, "_id": str(name), **more}}


def _last(index: str, name: int | str, offset: int) -> Document:
    return _action("index", index, name, version=offset + 1, version_type="external_gte")


def _update(indexes: Indexes, tweet_id: int) -> Document:
    return _action("update", indexes.tweets, tweet_id, retry_on_conflict=CONFLICTS)


def _edited(event: Rewritten, lang: str) -> Document:
    wording = said(new_version(event), lang)
    params = {
        "author": str(event.actor),
        "version": event.version_id,
        "fields": said_fields(wording),
        "told": sorted(told(wording)),
    }
    return _script(_EDIT, params)


def _script(source: str, params: Document) -> Document:
    return {"script": {"source": source, "params": params}}
