"""Finding tweets, replies and retweets by any of their ids, also those too new for the views."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from events.clock import now_ms
from events.log import LogUnavailable
from gateway.log_ends import LogEnds
from gateway.names import Names
from gateway.positions import passed
from gateway.problems import Problem
from projections import redis
from projections.registry import Reader, Readers
from projections.retweets import Pair
from schemas.ids import is_new, time_of
from schemas.tweets import Entry, Reference, Retweet, Tweet, Version

logger = logging.getLogger(__name__)

Find = Callable[[Sequence[int]], Awaitable[dict[int, Tweet | None]]]


class Shown(NamedTuple):
    """What entries of a timeline show: by their ids, without what was deleted or undone; and the
    tweets behind the retweets among them."""

    tweets: dict[int, Tweet]
    originals: dict[int, Tweet]


class Meant(NamedTuple):
    """The tweet that an id means: of a retweet, the one that it shows. `authors` are those whom one
    must be allowed to see to come to it by that id."""

    tweet: Tweet
    authors: frozenset[int]


class TweetLookup:
    def __init__(self, readers: Readers, names: Names, ends: LogEnds) -> None:
        self._readers = readers
        self._names = names
        self._ends = ends

    @property
    def views(self) -> tuple[Reader, ...]:
        """Those that what is found comes out of."""
        readers = self._readers
        return (readers.tweets, readers.replies, readers.retweets, readers.cache)

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """By the id asked for, a tweet's or one of its versions'; None for a deleted one."""
        return await self._by_any_id(self.tweets, tweet_ids)

    async def tweets(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """The same by the ids of tweets only. The store answers while the cache is away."""
        try:
            return await self._readers.cache.find(tweet_ids)
        except redis.TRANSIENT as error:
            logger.warning("reading past the cache: %r", error)
            return await self._readers.texts.find(tweet_ids)

    async def shown(
        self,
        entries: Sequence[Entry],
        tweets: Mapping[int, Tweet | None],
        retweets: Mapping[Pair, Retweet],
    ) -> Shown:
        """`tweets` and `retweets` are what is known of those that the entries name."""
        in_force = {said.retweet_id for said in retweets.values()}
        return await self._shown(entries, tweets, in_force)

    async def _shown(
        self,
        entries: Iterable[Entry],
        tweets: Mapping[int, Tweet | None],
        in_force: Collection[int | None],
    ) -> Shown:
        shown = Shown({}, {})
        repeating = []
        for entry in entries:
            tweet_id, _, original = entry
            tweet = tweets.get(original)
            if tweet is None:
                continue
            if tweet_id == original:
                shown.tweets[tweet_id] = tweet
            elif tweet_id in in_force:
                repeating.append((entry, tweet))
        if repeating:
            names = await self._names.of({tweet.author for _, tweet in repeating})
            for entry, tweet in repeating:
                if tweet.author in names:
                    shown.originals[tweet.tweet_id] = tweet
                    shown.tweets[entry.tweet_id] = retweeted(entry, tweet, names[tweet.author])
        return shown

    async def retweet_in_force(self, user: int, tweet_id: int) -> Retweet | None:
        """What the log says now of one user's retweeting of one tweet, unless it was undone.

        Raises as `find_latest` does.
        """
        await passed(await self._ends.now(), self._readers.retweets)
        found = (await self._readers.retweets.find([(user, tweet_id)])).get((user, tweet_id))
        return found if found and found.retweet_id is not None else None

    async def retweet_of_gone(self, retweet_id: int) -> Tweet | None:
        """What `find_for_writing` does not find any more: a retweet of a tweet that was deleted,
        which has no text, but can be undone."""
        said = (await self._readers.retweets.by_ids([retweet_id])).get(retweet_id)
        return Tweet(retweet_id, said.author, (), retweet_of=said.original) if said else None

    async def find_for_writing(self, tweet_id: int) -> Tweet | None:
        """The tweet, also where somebody asks for it who has just been told its id.

        One that is not found although its id is new is looked for again as `find_latest` does; of
        one that is found there may be a newer version.
        """
        return (await self.several_for_writing([tweet_id])).get(tweet_id)

    async def several_for_writing(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """The same of several, as `find` gives them: all that are looked for again wait once. Those
        that were found are the answer where the log or the views are not there in time."""
        found = await self.find(tweet_ids)
        if new := [i for i in tweet_ids if i not in found and is_new(i, now_ms())]:
            try:
                found |= await self._latest(new)
            except (LogUnavailable, Problem):
                if not found:
                    raise
        return found

    async def meant_for_writing(self, tweet_id: int) -> Meant | None:
        """The same, but of a retweet the tweet that it shows."""
        tweet = shown = await self.find_for_writing(tweet_id)
        if tweet is not None and tweet.retweet_of is not None:
            shown = await self.find_for_writing(tweet.retweet_of.tweet_id)
        if tweet is None or shown is None:
            return None
        return Meant(shown, frozenset({tweet.author, shown.author}))

    async def find_latest(self, tweet_id: int) -> Tweet | None:
        """The tweet with all that is on the log now.

        Raises `LogUnavailable`, and a 503 `Problem` when the views are not there in time.
        """
        return (await self._latest([tweet_id])).get(tweet_id)

    async def _latest(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        end = await self._ends.now()
        await passed(end, self._readers.tweets, self._readers.replies, self._readers.retweets)
        return await self._by_any_id(self._readers.texts.find, tweet_ids)

    async def _by_any_id(self, find: Find, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        found = await find(tweet_ids)
        unknown = [tweet_id for tweet_id in tweet_ids if tweet_id not in found]
        if not unknown:
            return found
        tweet_of = await self._readers.texts.tweets_of_versions(unknown)
        entry_of = await self._entries_of_retweets([i for i in unknown if i not in tweet_of])
        originals = {entry.original for entry in entry_of.values()}
        named = await find(sorted({*tweet_of.values(), *originals}))
        retweets = (await self._shown(entry_of.values(), named, entry_of)).tweets
        versions = {v: named[tweet] for v, tweet in tweet_of.items() if tweet in named}
        return found | versions | retweets

    async def _entries_of_retweets(self, retweet_ids: Sequence[int]) -> dict[int, Entry]:
        found = await self._readers.retweets.by_ids(retweet_ids)
        return {i: Entry(i, said.author, said.original.tweet_id) for i, said in found.items()}


def retweeted(entry: Entry, original: Tweet, username: str) -> Tweet:
    """The retweet as a tweet of its own, which says whom it repeats."""
    said = original.versions[-1]
    version = Version(
        entry.tweet_id,
        f"RT @{username}: {said.text}",
        time_of(entry.tweet_id),
        (original.author, *said.mentions),
        said.lang,
    )
    return Tweet(
        entry.tweet_id,
        entry.author,
        (version,),
        retweet_of=Reference(original.tweet_id, original.author),
    )
