"""A batch as the lines of bulk requests.

An update costs Elasticsearch as much as a document, so what is posted and changed in one batch is
created as it ends. Only where something was there already do the changes follow one by one.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from projections.counters import Counts
from projections.search.documents import (
    DELETED,
    ERASED,
    retweet_facts,
    tweet_document,
    user_document,
)
from projections.search.indexes import Indexes
from projections.search.operations import (
    Changing,
    Operation,
    change,
    created,
    last,
    retweet_name,
    update,
)
from projections.view import Recorded
from schemas.events import (
    ProfileChanged,
    ReplyDeleted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetRetweeted,
    UserErased,
    UserRegistered,
    Written,
)
from schemas.text.language import UNKNOWN, languages_of

AT_ONCE = 1_000
"""Operations in a request."""

encode_lines = msgspec.json.Encoder().encode_lines


class Made(NamedTuple):
    """A change that is in the document that is created, and the language of its text."""

    event: Changing
    lang: str


class Lines(NamedTuple):
    """`made` are the changes by name, to be sent for what was there already."""

    requests: Sequence[bytes]
    made: Mapping[str, Sequence[Made]]


def lines_of(
    indexes: Indexes, recorded: Sequence[Recorded], counted: Mapping[int, Counts]
) -> Lines:
    """What is written begins with what was `counted` of it."""
    languages = _languages(recorded)
    new: dict[int, Operation] = {}
    made: dict[str, list[Made]] = {}
    updates: list[Operation] = []
    newest: dict[str, Operation] = {}
    for offset, event in recorded:
        lang = languages.get(offset, UNKNOWN)
        match event:
            case Written():
                if event.tweet_id not in new:
                    new[event.tweet_id] = created(indexes, event, lang, counted)
            case Rewritten() | TweetDeleted() | ReplyDeleted():
                if event.tweet_id in new:
                    change(new[event.tweet_id][1], event, lang)
                    made.setdefault(str(event.tweet_id), []).append(Made(event, lang))
                else:
                    updates.append(update(indexes, event, lang))
            case TweetRetweeted():
                name = retweet_name(event)
                document = tweet_document(retweet_facts(event), event.retweet_id)
                newest[name] = last(indexes.tweets, name, offset), document
            case RetweetRemoved():
                name = retweet_name(event)
                newest[name] = last(indexes.tweets, name, offset), DELETED
            case UserRegistered() | ProfileChanged():
                name = str(event.user_id)
                newest[name] = last(indexes.users, name, offset), user_document(event)
            case UserErased():
                name = str(event.user_id)
                newest[name] = last(indexes.users, name, offset), ERASED
            case _:
                pass
    return Lines(_requests([*new.values(), *updates, *newest.values()]), made)


def made_again(
    indexes: Indexes, made: Mapping[str, Sequence[Made]], names: Collection[str]
) -> Sequence[bytes]:
    """The requests for the changes to those of `names` that have any."""
    return _requests(
        [update(indexes, event, lang) for name in names for event, lang in made.get(name, ())]
    )


def _requests(operations: Sequence[Operation]) -> list[bytes]:
    return [
        encode_lines(chain.from_iterable(operations[start : start + AT_ONCE]))
        for start in range(0, len(operations), AT_ONCE)
    ]


def _languages(recorded: Sequence[Recorded]) -> dict[int, str]:
    """By offset, the language of what was written, where the event does not say it."""
    said = {offset: event for offset, event in recorded if isinstance(event, Written | Rewritten)}
    unknown = [offset for offset, event in said.items() if event.lang == UNKNOWN]
    found = languages_of([said[offset].text for offset in unknown])
    known = {offset: event.lang for offset, event in said.items()}
    return known | dict(zip(unknown, found, strict=True))
