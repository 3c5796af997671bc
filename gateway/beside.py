"""What is shown beside tweets: how often others marked them, what the viewer did to them, the
language of each, whom it mentions and who may reply."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType

from gateway.entities_shown import names_in_doubt
from gateway.people import PINNED
from gateway.state import Gateway
from gateway.visibility import reachable
from gateway.wanted import Wanted
from projections.counters import Counts, Flags
from projections.registry import Reader
from schemas.api.tweets import TweetMetrics, Viewer
from schemas.events import ReplySettings
from schemas.text.language import UNKNOWN, languages_of
from schemas.tweets import Tweet

NO_COUNTS, NO_FLAGS = Counts(), Flags()


class Beside(Struct, frozen=True):
    """By tweet, as far as it was asked for. A retweet shows what belongs to its original.

    `now`, in milliseconds, decides whether a tweet can still be edited.
    """

    now: int
    counts: Mapping[int, Counts] = {}
    flags: Mapping[int, Flags] = {}
    fields: frozenset[str] = frozenset()
    """With the parts of `viewer` that may be seen."""

    languages: Mapping[int, str] = {}
    names: Mapping[int, str] = {}
    """By user, as `entities_of` wants them."""

    reply_settings: Mapping[int, ReplySettings | UnsetType] = {}

    def metrics(self, tweets: Sequence[Tweet]) -> list[TweetMetrics]:
        counts = self.counts
        return [
            TweetMetrics(
                n.retweets, n.retweets, n.replies, n.likes, n.dislikes, n.quotes, n.bookmarks
            )
            for n in [counts.get(tweet.tweet_id, NO_COUNTS) for tweet in tweets]
        ]

    def viewer(self, tweets: Sequence[Tweet]) -> list[Viewer]:
        flags, fields = self.flags, self.fields
        liked, disliked = "viewer.liked" in fields, "viewer.disliked" in fields
        bookmarked = "viewer.bookmarked" in fields
        return [
            Viewer(
                marked.retweeted,
                marked.liked if liked else UNSET,
                marked.disliked if disliked else UNSET,
                marked.bookmarked if bookmarked else UNSET,
            )
            for marked in [flags.get(tweet.tweet_id, NO_FLAGS) for tweet in tweets]
        ]

    def settings(self, tweets: Sequence[Tweet]) -> list[ReplySettings | UnsetType]:
        said = self.reply_settings
        return [said.get(original_of(tweet), tweet.reply_settings) for tweet in tweets]

    def language(self, tweets: Sequence[Tweet]) -> list[str]:
        return [self.languages.get(tweet.tweet_id, UNKNOWN) for tweet in tweets]


class Known(Struct):
    """What was found on the way to a page, by tweet, and need not be looked up again.

    `originals` are tweets that were retweeted and that the viewer may see.
    """

    originals: dict[int, Tweet] = {}
    counts: dict[int, Counts] = {}
    flags: dict[int, Flags] = {}


async def beside(
    gateway: Gateway,
    viewer: int,
    tweets: Sequence[Tweet],
    fields: frozenset[str],
    now: int,
    known: Known,
) -> Beside:
    if not tweets or fields.isdisjoint(_FIELDS):
        return Beside(now)
    counters = gateway.readers.counters
    shown = {tweet.tweet_id: original_of(tweet) for tweet in tweets}
    counts, flags = {}, {}
    if "public_metrics" in fields:
        of = known.counts
        if missing := [original for original in shown.values() if original not in of]:
            of = of | await counters.of(missing)
        counts = {tweet: of[original] for tweet, original in shown.items() if original in of}
    if "viewer" in fields:
        by = known.flags
        if missing := [original for original in shown.values() if original not in by]:
            by = by | await counters.flags(viewer, missing)
        flags = {tweet: by[original] for tweet, original in shown.items() if original in by}
    languages = await _languages(tweets) if "lang" in fields else {}
    names = await names_in_doubt(gateway, tweets) if "entities" in fields else {}
    settings = await _settings(gateway, viewer, tweets, known) if "reply_settings" in fields else {}
    return Beside(now, counts, flags, fields, languages, names, settings)


async def _settings(
    gateway: Gateway, viewer: int, tweets: Sequence[Tweet], known: Known
) -> dict[int, ReplySettings | UnsetType]:
    """By tweet, of a retweet the one that it shows: who may reply, as the root of the conversation
    says; unset where the viewer may not see that."""
    repeated = {tweet.retweet_of.tweet_id for tweet in tweets if tweet.retweet_of}
    found = await _found(gateway, repeated - known.originals.keys())
    originals = {**known.originals, **found}
    shown = [originals.get(original_of(tweet), tweet) for tweet in tweets]
    roots = await _found(gateway, {tweet.conversation for tweet in shown if tweet.reply})
    says = {tweet.tweet_id: roots.get(tweet.conversation, tweet) for tweet in shown}
    unseen = {root.author for root in roots.values()}
    unseen -= await reachable(gateway, viewer, unseen)
    return {
        tweet_id: UNSET if root.author in unseen else root.reply_settings
        for tweet_id, root in says.items()
    }


async def _found(gateway: Gateway, tweet_ids: Collection[int]) -> dict[int, Tweet]:
    found = await gateway.tweets.find(list(tweet_ids)) if tweet_ids else {}
    return {tweet_id: tweet for tweet_id, tweet in found.items() if tweet}


async def _languages(tweets: Sequence[Tweet]) -> dict[int, str]:
    """By tweet, as the search index has it. The first page to show it loads the model."""
    said = {tweet.tweet_id: tweet.versions[-1].lang for tweet in tweets}
    unknown = [tweet for tweet in tweets if said[tweet.tweet_id] == UNKNOWN]
    found = await asyncio.to_thread(languages_of, [tweet.text for tweet in unknown])
    return said | {tweet.tweet_id: lang for tweet, lang in zip(unknown, found, strict=True)}


def views_beside(gateway: Gateway, wanted: Wanted) -> list[Reader]:
    """Those that fields and expansions are answered out of, whatever they are asked for with."""
    readers, views = gateway.readers, list[Reader]()
    if "attachments.poll_ids" in wanted.expansions or not wanted.tweet.isdisjoint(_COUNTED):
        views += [readers.counters]
    if "public_metrics" in wanted.user:
        views += [readers.counters, readers.graph, readers.lists]
    if "connection_status" in wanted.user:
        views += [readers.graph]
    if not wanted.user.isdisjoint(PINNED):
        views += [*gateway.tweets.views, readers.graph]
    return list(dict.fromkeys(views))


def original_of(tweet: Tweet) -> int:
    """The tweet that is marked when the user marks this one."""
    return tweet.retweet_of.tweet_id if tweet.retweet_of else tweet.tweet_id


_COUNTED = frozenset({"public_metrics", "viewer"})
_FIELDS = _COUNTED | {"lang", "entities", "reply_settings"}
