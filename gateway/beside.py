"""What is shown beside tweets: how often others marked them, and what the viewer did to them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.parameters import Wanted
from gateway.state import Gateway
from projections.counters import Counts, Flags
from schemas.api import TweetMetrics, Viewer
from schemas.tweets import Tweet


class Beside(Struct, frozen=True):
    """By tweet, as far as it was asked for. A retweet shows what belongs to its original."""

    counts: Mapping[int, Counts] = {}
    flags: Mapping[int, Flags] = {}

    def metrics(self, tweet: Tweet) -> TweetMetrics:
        counts = self.counts.get(original_of(tweet), Counts())
        return TweetMetrics(
            retweet_count=counts.retweets,
            repost_count=counts.retweets,
            reply_count=counts.replies,
            like_count=counts.likes,
            dislike_count=counts.dislikes,
            quote_count=counts.quotes,
            bookmark_count=counts.bookmarks,
        )

    def viewer(self, tweet: Tweet) -> Viewer:
        flags = self.flags.get(original_of(tweet), Flags())
        return Viewer(flags.liked, flags.disliked, flags.retweeted, flags.bookmarked)


async def beside(
    gateway: Gateway, viewer: int, tweets: Sequence[Tweet], fields: frozenset[str]
) -> Beside:
    if not tweets or fields.isdisjoint(_FIELDS):
        return Beside()
    counters = gateway.readers.counters
    shown = [original_of(tweet) for tweet in tweets]
    return Beside(
        counts=await counters.of(shown) if "public_metrics" in fields else {},
        flags=await counters.flags(viewer, shown) if "viewer" in fields else {},
    )


def shows_counters(wanted: Wanted) -> bool:
    return (
        "public_metrics" in wanted.user
        or "attachments.poll_ids" in wanted.expansions
        or not wanted.tweet.isdisjoint(_FIELDS)
    )


def original_of(tweet: Tweet) -> int:
    """The tweet that is marked when the user marks this one."""
    return tweet.retweet_of.tweet_id if tweet.retweet_of else tweet.tweet_id


_FIELDS = frozenset({"public_metrics", "viewer"})
