"""Media that are kept for tweets which never came to be.

They are kept before the tweet is appended, so that no tweet can lose them. When a gateway dies in
between, or the log does not answer, only time tells whether there is such a tweet.
"""

import logging

from events.clock import now_ms
from gateway.positions import passed
from gateway.state import Gateway
from projections.replies import ReplyStore
from projections.tweets import TweetStore
from schemas.ids import first_id_at

logger = logging.getLogger(__name__)

SURE_AFTER_MS = 25 * 3_600_000
"""By then no tweet is on its way any more: an append takes seconds, and one that was decided under
an `Idempotency-Key` is not tried again after 24 hours."""

AT_ONCE = 100


class Whole:
    """As the store; raises `CollectionLost` where a collection was lost, or dropped."""

    def __init__(self, store: TweetStore | ReplyStore) -> None:
        self.topics = store.topics
        self.checkpoints = store.whole


async def give_back_unposted(gateway: Gateway, sure_after_ms: int = SURE_AFTER_MS) -> None:
    """Of tweets so old: media of those that are neither in the store nor on the log are unused.

    Nothing is given back while a view misses events, since one of them may be such a tweet, or a
    collection. Raises `LogUnavailable`, `CollectionLost`, TimeoutError, and a 503 `Problem` when
    the views are not there in time.
    """
    uses = gateway.media.uses
    before = first_id_at(now_ms() - sure_after_ms)
    while tweet_ids := await uses.unconfirmed(before, AT_ONCE):
        readers = gateway.now.readers
        stores, end = (Whole(readers.tweets), Whole(readers.replies)), await gateway.ends.now()
        await passed(end, *stores)
        await gateway.degraded.read()
        if missing := {"tweets", "replies"}.intersection(gateway.degraded.views):
            logger.warning("%s miss events: media of unposted tweets stay", sorted(missing))
            return
        found = await readers.texts.find(tweet_ids)
        await passed(end, *stores)  # and nothing was lost, or dropped, meanwhile
        posted = [tweet_id for tweet_id in tweet_ids if found.get(tweet_id) is not None]
        await uses.confirm(posted)
        for tweet_id in set(tweet_ids).difference(posted):
            await uses.give_back(tweet_id)
