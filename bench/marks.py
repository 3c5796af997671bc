"""What people do to tweets and to each other, so that home timelines have it in the way."""

import random
from collections.abc import Iterator, Sequence

from bench.world import World, bring_up, say
from events.bulk import BulkAppender
from events.clock import now_ms
from events.snowflake import Snowflakes
from gateway.facts import Fact
from gateway.leases import leased_snowflakes
from projections import generations
from projections.registry import Readers
from projections.stores import Stores
from schemas.events import Event, TweetLiked, TweetRetweeted, UserBlocked, UserMuted
from schemas.servers import Servers
from schemas.tweets import Entry

SEED = 7
MUTES, BLOCKS, BLOCKED_BY = 3, 30, 5
REPEATED, FROM_OUTSIDE = 4, 4
"""Retweets for each reader: of tweets that stand in the home, and of others."""

LIKED, LIKES = 5, 3
"""Tweets of each home that the reader likes, and likes of others for each tweet of it."""

VIEWS_TOLD = ("graph", "retweets", "timelines", "cache", "counters")


async def mark_homes(stores: Stores, servers: Servers, world: World, readers: list[int]) -> None:
    """Puts the marks on the log, and the views to its end."""
    at = await generations.current(stores.postgres)
    timelines = Readers.at(stores, at).timelines
    chance = random.Random(SEED)  # noqa: S311
    everybody = sorted({user for pair in world.follows for user in pair})
    count = 0
    async with (
        leased_snowflakes(stores.postgres) as ids,
        BulkAppender(servers.kafka) as appender,
    ):
        doer = Doer(ids, chance)
        for reader in readers:
            followees = sorted({one for other, one in world.follows if other == reader})
            home = list((await timelines.home(reader, limit=40)).entries)
            other = chance.choice(everybody)
            outside = (await timelines.author(other, limit=FROM_OUTSIDE)) or home[-FROM_OUTSIDE:]
            for event in doer.around(reader, followees, everybody, home, outside):
                await appender.append(event)
                count += 1
    say(f"{count} retweets, mutes, blocks and likes")
    await bring_up(stores, servers, VIEWS_TOLD)


class Doer:
    """Makes the events of one reader's surroundings."""

    def __init__(self, ids: Snowflakes, chance: random.Random) -> None:
        self._ids = ids
        self._chance = chance

    def around(
        self,
        reader: int,
        followees: Sequence[int],
        everybody: Sequence[int],
        home: Sequence[Entry],
        outside: Sequence[Entry],
    ) -> Iterator[Event]:
        chance = self._chance
        for target in chance.sample(followees, min(MUTES, len(followees) // 10)):
            yield UserMuted(**self._said(reader), target=target)
        for target in chance.sample(everybody, BLOCKS):
            if target not in followees and target != reader:
                yield UserBlocked(**self._said(reader), target=target)
        for actor in chance.sample(everybody, BLOCKED_BY):
            if actor not in followees and actor != reader:
                yield UserBlocked(**self._said(actor), target=reader)
        for entry in [*chance.sample(home, REPEATED), *outside]:
            said = self._said(chance.choice(followees))
            yield TweetRetweeted(
                **said, tweet_id=entry.tweet_id, author=entry.author, retweet_id=said["event_id"]
            )
        for entry in chance.sample(home, LIKED):
            yield TweetLiked(**self._said(reader), tweet_id=entry.tweet_id, author=entry.author)
        for entry in home:
            for actor in chance.sample(everybody, LIKES):
                yield TweetLiked(**self._said(actor), tweet_id=entry.tweet_id, author=entry.author)

    def _said(self, actor: int) -> Fact:
        return Fact(event_id=self._ids.next(), at=now_ms(), actor=actor, request_id="bench")
