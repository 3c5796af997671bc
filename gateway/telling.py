"""From events to the tweets that streams tell of."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gateway.beside import original_of
from gateway.lookups import retweeted
from gateway.state import Gateway
from projections.texts.documents import new_version, tweet_of
from schemas.events import (
    Event,
    ReplyDeleted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetRetweeted,
    Written,
)
from schemas.search import Facts, facts_of
from schemas.text.language import UNKNOWN, language_of
from schemas.tweets import Entry, Tweet

Said = tuple[int, int]
"""A tweet or retweet, and whose it is: nobody else can take it back."""


async def told(gateway: Gateway, events: Sequence[Event]) -> list[Tweet]:
    """Tweets, replies, new versions of them, and retweets, in the order of the events, without what
    one of these events takes back."""
    gone = {taken for event in events if (taken := _taken_back(event))}
    new: dict[int, Tweet] = {}
    found: list[Tweet] = []
    for event in events:
        tweet = None
        match event:
            case Written():
                tweet = tweet_of(event)
            case Rewritten():
                known = new.get(event.tweet_id) or await _stored(gateway, event.tweet_id)
                tweet = _rewritten(known, event) if known else None
            case TweetRetweeted():
                tweet = await _retweet(gateway, event)
            case _:
                pass
        if tweet is not None:
            new[tweet.tweet_id] = tweet
            found.append(tweet)
    return [tweet for tweet in found if gone.isdisjoint(_said_in(tweet))]


def is_gone(tweet: Tweet, known: Mapping[int, Tweet | None]) -> bool:
    """Whether it, or what it repeats, was deleted; what is not known may be too new."""
    return known.get(original_of(tweet), tweet) is None


async def facts(tweet: Tweet, *, language: bool) -> Facts:
    """What rules look at; of a retweet the text that it shows. The language, if it is wanted."""
    lang = tweet.versions[-1].lang
    if language and lang == UNKNOWN:
        lang = await asyncio.to_thread(language_of, tweet.text)
    return facts_of(tweet, lang=lang)


def _taken_back(event: Event) -> Said | None:
    match event:
        case TweetDeleted() | ReplyDeleted():
            return event.tweet_id, event.actor
        case RetweetRemoved():
            return event.retweet_id, event.actor
        case _:
            return None


def _said_in(tweet: Tweet) -> set[Said]:
    """The tweet, and what it repeats."""
    of = tweet.retweet_of
    return {(tweet.tweet_id, tweet.author)} | ({(of.tweet_id, of.author)} if of else set())


def _rewritten(tweet: Tweet, event: Rewritten) -> Tweet | None:
    """None when it was somebody else's to change."""
    if tweet.author != event.actor:
        return None
    version = new_version(event)
    older = [v for v in tweet.versions if v.version_id < version.version_id]
    return replace(tweet, versions=(*older, version))


async def _retweet(gateway: Gateway, event: TweetRetweeted) -> Tweet | None:
    """None for one that was there already, or of a tweet that is there no more."""
    if event.retweet_id != event.event_id:
        return None
    original = await _stored(gateway, event.tweet_id)
    users = await gateway.accounts.by_ids([event.author])
    if original is None or event.author not in users:
        return None
    entry = Entry(event.retweet_id, event.actor, event.tweet_id)
    return retweeted(entry, original, users[event.author].username)


async def _stored(gateway: Gateway, tweet_id: int) -> Tweet | None:
    """None when it was deleted since, or never was."""
    found = await gateway.tweets.find([tweet_id])
    return found[tweet_id] if tweet_id in found else await gateway.tweets.find_latest(tweet_id)
