"""What the search index must hold: `projections/search` describes the documents.

What a word is and which language a text is in, `schemas` says, here and there.
"""

from collections.abc import Iterable
from typing import Any

from schemas.events import (
    ReplyPosted,
    RetweetRemoved,
    TweetRetweeted,
)
from schemas.ids import time_of
from schemas.search.facts import said
from schemas.text.language import UNKNOWN, languages_of
from schemas.topics import REPLIES, RETWEETS, TWEETS
from schemas.tweets import Version
from streams.audit.folds.reactions import likes
from streams.audit.folds.search_users import protected, users
from streams.audit.folds.texts import Text, texts
from streams.audit.folds.told import Told, events_of

Row = dict[str, Any]
_DELETED: Row = {"deleted": True}


def expected(told: Told) -> dict[str, Any]:
    return _texts(told) | _retweets(told) | users(told) | protected(told)


def _texts(told: Told) -> dict[str, Any]:
    found = texts(told, TWEETS) | texts(told, REPLIES)
    shown = {tweet_id: _newest(text) for tweet_id, text in found.items() if not text.deleted}
    languages = _languages(shown.values())
    liked = likes(told)
    rows: dict[str, Any] = {f"tweet {tweet_id}": _DELETED for tweet_id in found}
    for tweet_id, newest in shown.items():
        posted = found[tweet_id].posted
        wording = _wording(newest, languages.get(newest.text, UNKNOWN))
        row: Row = {
            "id": tweet_id,
            "at": time_of(tweet_id),
            "author": str(posted.actor),
            "conversation": str(tweet_id),
            "likes": liked[tweet_id],
            "version": newest.version_id,
            **wording,
        }
        kinds = []
        if isinstance(posted, ReplyPosted):
            row["conversation"] = str(posted.root)
            row["parent"] = str(posted.parent)
            row["parent_author"] = str(posted.parent_author)
            kinds.append("reply")
        if posted.quote_of is not None:
            row["quote_of"] = str(posted.quote_of)
            kinds.append("quote")
        if kinds:
            row["kinds"] = sorted(kinds)
        if media := {"images" if one.type == "photo" else "videos" for one in posted.media}:
            row["media"] = sorted({"media", *media})
            row["held"] = sorted({*row["held"], "media", *media})
        rows[f"tweet {tweet_id}"] = row
    return rows


def _newest(text: Text) -> Version:
    """The version with the highest id: edits of one tweet have ascending ids."""
    posted = text.posted
    first = Version(posted.tweet_id, posted.text, posted.at, posted.mentions, posted.lang)
    edits = (Version(e.version_id, e.text, e.at, e.mentions, e.lang) for e in text.edits)
    return max((first, *edits), key=lambda version: version.version_id)


def _languages(versions: Iterable[Version]) -> dict[str, str]:
    """By text, where the event does not say it."""
    unknown = list({version.text for version in versions if version.lang == UNKNOWN})
    return dict(zip(unknown, languages_of(unknown), strict=True))


def _wording(version: Version, language: str) -> Row:
    found = said(version, language if version.lang == UNKNOWN else version.lang)
    held = {
        "links": found.urls,
        "hashtags": found.hashtags,
        "cashtags": found.cashtags,
        "mentions": found.mentions,
    }
    return {
        "text": " ".join(found.words),
        "hashtags": sorted(found.hashtags),
        "cashtags": sorted(found.cashtags),
        "mentions": [str(user) for user in sorted(found.mentions)],
        "urls": [" ".join(url) for url in found.urls],
        "lang": found.lang,
        "held": sorted(kind for kind, there in held.items() if there),
    }


def _retweets(told: Told) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for event in events_of(told, RETWEETS):
        match event:
            case TweetRetweeted():
                rows[f"tweet {event.actor}-{event.tweet_id}"] = {
                    "id": event.retweet_id,
                    "at": time_of(event.retweet_id),
                    "author": str(event.actor),
                    "conversation": str(event.retweet_id),
                    "likes": 0,
                    "version": event.retweet_id,
                    **_wording(Version(event.retweet_id, "", event.at), UNKNOWN),
                    "retweet_of": str(event.tweet_id),
                    "retweeted_author": str(event.author),
                    "kinds": ["retweet"],
                }
            case RetweetRemoved():
                rows[f"tweet {event.actor}-{event.tweet_id}"] = _DELETED
            case _:
                pass
    return rows
