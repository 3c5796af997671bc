"""From entries of timelines to the tweets that they show, with what is shown beside them."""

import logging
from collections.abc import Sequence

from gateway.beside import Known
from gateway.state import Gateway
from projections import redis
from schemas.tweets import Entry, Tweet

logger = logging.getLogger(__name__)


async def hydrated(
    gateway: Gateway, viewer: int, entries: Sequence[Entry], fields: frozenset[str], known: Known
) -> dict[int, Tweet]:
    """By the ids of entries what they show, without what was deleted or undone.

    One trip to Redis; the stores answer for what it does not have, and for all without it. What is
    found beside the tweets is added to `known`.
    """
    readers = gateway.readers
    counters = readers.counters
    tweet_ids = list({entry.original for entry in entries})
    pairs = [(entry.author, entry.original) for entry in entries if entry.is_retweet]
    totals = counters.total_keys(tweet_ids) if "public_metrics" in fields else []
    flags = [counters.flags_key(viewer)] if "viewer" in fields else []
    try:
        tweets, retweets, values = await readers.cache.look_up(tweet_ids, pairs, [*totals, *flags])
    except redis.TRANSIENT as error:
        logger.warning("reading past the cache: %r", error)
        tweets = await readers.texts.find(tweet_ids)
        retweets = await readers.retweets.find(pairs)
    else:
        if totals:
            values_of_totals = values[: len(totals)]
            known.counts |= await counters.complete_totals(tweet_ids, values_of_totals)
        if flags:
            known.flags |= await counters.complete_flags(viewer, tweet_ids, values[-1])
    shown = await gateway.tweets.shown(entries, tweets, retweets)
    known.originals |= shown.originals
    return shown.tweets
