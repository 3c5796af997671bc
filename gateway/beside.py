"""What is shown beside tweets: how often others marked them, what the viewer did to them, the
language of each, whom it mentions and who may reply."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.entities_shown import names_in_doubt
from gateway.parameters import Wanted
from gateway.state import Gateway
from projections.counters import Counts, Flags
from schemas.api import TweetMetrics, Viewer
from schemas.events import ReplySettings
from schemas.text.language import UNKNOWN, languages_of
from schemas.tweets import Tweet

NO_COUNTS, NO_FLAGS = Counts(), Flags()


class Beside(Struct, frozen=True):
    """By tweet, as far as it was asked for. A retweet shows what belongs to its original."""

    counts: Mapping[int, Counts] = {}
    flags: Mapping[int, Flags] = {}
    languages: Mapping[int, str] = {}
    names: Mapping[int, str] = {}
    """By user, as `entities_of` wants them."""

    reply_settings: Mapping[int, ReplySettings] = {}
    """By conversation, where that is another tweet's."""

    def metrics(self, tweet: Tweet) -> TweetMetrics:
        counts = self.counts.get(original_of(tweet), NO_COUNTS)
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
        flags = self.flags.get(original_of(tweet), NO_FLAGS)
        return Viewer(flags.liked, flags.disliked, flags.retweeted, flags.bookmarked)

    def settings(self, tweet: Tweet) -> ReplySettings:
        return self.reply_settings.get(tweet.conversation, tweet.reply_settings)

    def language(self, tweet: Tweet) -> str:
        return self.languages.get(tweet.tweet_id, UNKNOWN)


class Known(Struct):
    """What was found on the way to a page, by tweet, and need not be looked up again.

    `originals` are tweets that were retweeted and that the viewer may see.
    """

    originals: dict[int, Tweet] = {}
    counts: dict[int, Counts] = {}
    flags: dict[int, Flags] = {}


async def beside(
    gateway: Gateway, viewer: int, tweets: Sequence[Tweet], fields: frozenset[str], known: Known
) -> Beside:
    if not tweets or fields.isdisjoint(_FIELDS):
        return Beside()
    counters = gateway.readers.counters
    shown = [original_of(tweet) for tweet in tweets]
    counts, flags = known.counts, known.flags
    if "public_metrics" in fields and (missing := [t for t in shown if t not in counts]):
        counts = counts | await counters.of(missing)
    if "viewer" in fields and (missing := [t for t in shown if t not in flags]):
        flags = flags | await counters.flags(viewer, missing)
    languages = await _languages(tweets) if "lang" in fields else {}
    names = await names_in_doubt(gateway, tweets) if "entities" in fields else {}
    settings = await _settings(gateway, tweets) if "reply_settings" in fields else {}
    return Beside(counts, flags, languages, names, settings)


async def _settings(gateway: Gateway, tweets: Sequence[Tweet]) -> dict[int, ReplySettings]:
    """By conversation, who may reply in it, as the tweet at its root says."""
    roots = {tweet.conversation for tweet in tweets if tweet.reply}
    found = await gateway.tweets.find(list(roots)) if roots else {}
    return {tweet_id: root.reply_settings for tweet_id, root in found.items() if root}


async def _languages(tweets: Sequence[Tweet]) -> dict[int, str]:
    """By tweet, as the search index has it. The first page to show it loads the model."""
    said = {tweet.tweet_id: tweet.versions[-1].lang for tweet in tweets}
    unknown = [tweet for tweet in tweets if said[tweet.tweet_id] == UNKNOWN]
    found = await asyncio.to_thread(languages_of, [tweet.text for tweet in unknown])
    return said | {tweet.tweet_id: lang for tweet, lang in zip(unknown, found, strict=True)}


def shows_counters(wanted: Wanted) -> bool:
    return (
        "public_metrics" in wanted.user
        or "attachments.poll_ids" in wanted.expansions
        or not wanted.tweet.isdisjoint(_COUNTED)
    )


def original_of(tweet: Tweet) -> int:
    """The tweet that is marked when the user marks this one."""
    return tweet.retweet_of.tweet_id if tweet.retweet_of else tweet.tweet_id


_COUNTED = frozenset({"public_metrics", "viewer"})
_FIELDS = _COUNTED | {"lang", "entities", "reply_settings"}
