"""What the cache may hold: it need not be complete."""

from collections.abc import Mapping

from schemas.events import ReplyDeleted, ReplyPosted, Rewritten, TweetDeleted, TweetPosted
from schemas.topics import REPLIES, TWEETS
from schemas.tweets import Poll, Reference, Reply, Tweet, Version
from streams.audit.folds.retweets import expected as retweets
from streams.audit.folds.texts import Text, texts
from streams.audit.folds.told import Told, events_of
from streams.audit.values import Contents, IfAny


def expected(told: Told) -> Contents:
    found = texts(told, TWEETS) | texts(told, REPLIES)
    may: dict[int, list[object]] = {
        tweet_id: [tweet_of(text)] for tweet_id, text in found.items() if not text.deleted
    }
    for tweet_id, version_id in _newest_edits(told, found).items():
        # the tweet's own id is the higher one where its gateway's clock was ahead
        marks = {version_id, max(version_id, tweet_id)}
        may.setdefault(tweet_id, []).extend({"edited": mark} for mark in sorted(marks))
    for event in events_of(told, TWEETS, REPLIES):
        # also by somebody else, whose deletion the gateway would refuse: the cache cannot tell
        if isinstance(event, TweetDeleted | ReplyDeleted):
            may.setdefault(event.tweet_id, []).append("deleted")
    tweets = {f"tweet {tweet_id}": IfAny(tuple(values)) for tweet_id, values in may.items()}
    return tweets | {key: IfAny((value,)) for key, value in retweets(told).items()}


def _newest_edits(told: Told, found: Mapping[int, Text]) -> dict[int, int]:
    """By tweet, below which version nothing may be put into the cache any more.

    Of one that was deleted only edits after that, which the cache heeds once its mark has expired.
    """
    newest: dict[int, int] = {}
    for event in events_of(told, TWEETS, REPLIES):
        match event:
            case Rewritten():
                newest[event.tweet_id] = max(event.version_id, newest.get(event.tweet_id, 0))
            case TweetDeleted() | ReplyDeleted() if event.tweet_id in found:
                if found[event.tweet_id].posted.actor == event.actor:
                    newest.pop(event.tweet_id, None)
            case _:
                pass
    return newest


def tweet_of(text: Text) -> Tweet:
    """One that is not deleted."""
    posted = text.posted
    quoted = reply = poll = None
    if posted.quote_of is not None:
        quoted = Reference(posted.quote_of, posted.quoted_author or 0)
    if isinstance(posted, ReplyPosted):
        reply = Reply(
            Reference(posted.root, posted.root_author),
            Reference(posted.parent, posted.parent_author),
        )
    if posted.poll is not None:
        poll = Poll(posted.poll.options, posted.poll.minutes)
    versions = [
        Version(posted.tweet_id, posted.text, posted.at, posted.mentions, posted.lang),
        *(Version(e.version_id, e.text, e.at, e.mentions, e.lang) for e in text.edits),
    ]
    return Tweet(
        posted.tweet_id,
        posted.actor,
        tuple(sorted(versions, key=lambda version: version.version_id)),
        quote_of=quoted,
        reply=reply,
        media=posted.media,
        poll=poll,
        reply_settings=posted.reply_settings if isinstance(posted, TweetPosted) else "everyone",
    )
