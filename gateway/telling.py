"""From events to the tweets that streams tell of."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from events.clock import now_ms
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
from schemas.ids import time_of
from schemas.search import Facts, facts_of
from schemas.text.language import UNKNOWN, language_of
from schemas.tweets import Entry, Tweet

SOON_MS = 1_000

Said = tuple[int, int]
"""A tweet or retweet, and whose it is: nobody else can take it back."""


class Told(NamedTuple):
    """A tweet, and what it shows: of a retweet the original, else itself."""

    tweet: Tweet
    shown: Tweet


async def told(gateway: Gateway, events: Sequence[Event]) -> list[Told]:
    """Tweets, replies, new versions of them, and retweets, in the order of the events, without what
    one of these events takes back."""
    gone = {taken for event in events if (taken := _taken_back(event))}
    new: dict[int, Tweet] = {}
    found: list[Told] = []
    for event in events:
        tweet = shown = None
        match event:
            case Written():
                tweet = shown = tweet_of(event)
            case Rewritten():
                known = new.get(event.tweet_id) or await _stored(gateway, event.tweet_id)
                tweet = shown = _rewritten(known, event) if known else None
            case TweetRetweeted():
                shown = await _original(gateway, event)
                tweet = await _retweet(gateway, event, shown) if shown else None
            case _:
                pass
        if tweet is not None and shown is not None:
            new[tweet.tweet_id] = tweet
            found.append(Told(tweet, shown))
    return [one for one in found if gone.isdisjoint(_said_in(one.tweet))]


async def still_there(gateway: Gateway, tweets: Sequence[Tweet]) -> list[Tweet]:
    """Without what was deleted or undone while it waited. What is of the last second, as nearly
    all is, has not waited, and the views may not have it yet: nobody is asked."""
    waited = [tweet for tweet in tweets if now_ms() - time_of(tweet.newest) > SOON_MS]
    if not waited:
        return list(tweets)
    known = await gateway.tweets.tweets(list({original_of(tweet) for tweet in waited}))
    pairs = [(t.author, t.retweet_of.tweet_id) for t in waited if t.retweet_of]
    repeated = await gateway.readers.retweets.find(pairs)

    def is_there(tweet: Tweet) -> bool:
        if known.get(original_of(tweet), tweet) is None:
            return False
        said = repeated.get((tweet.author, tweet.retweet_of.tweet_id)) if tweet.retweet_of else None
        return said is None or said.retweet_id == tweet.tweet_id

    return [tweet for tweet in tweets if is_there(tweet)]


async def facts(one: Told, *, language: bool) -> Facts:
    """What rules look at; of a retweet what it shows. The language, if it is wanted."""
    tweet = replace(one.tweet, media=one.shown.media)
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


async def _original(gateway: Gateway, event: TweetRetweeted) -> Tweet | None:
    """None for a retweet that was there already, or of a tweet that is there no more."""
    is_new = event.retweet_id == event.event_id
    return await _stored(gateway, event.tweet_id) if is_new else None


async def _retweet(gateway: Gateway, event: TweetRetweeted, original: Tweet) -> Tweet | None:
    """None where there is no such author any more."""
    users = await gateway.accounts.by_ids([event.author])
    if event.author not in users:
        return None
    entry = Entry(event.retweet_id, event.actor, event.tweet_id)
    return retweeted(entry, original, users[event.author].username)


async def _stored(gateway: Gateway, tweet_id: int) -> Tweet | None:
    """None when it was deleted since, or never was."""
    found = await gateway.tweets.find([tweet_id])
    return found[tweet_id] if tweet_id in found else await gateway.tweets.find_latest(tweet_id)
