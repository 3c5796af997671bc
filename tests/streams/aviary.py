"""A stack of its own, whose servers and worker processes may be killed."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from aiokafka.errors import KafkaError

from deploy.stack import Stack
from events.bulk import BulkAppender
from events.codec import decode
from events.reader import ends_of, read
from gateway.accounts import Accounts
from gateway.leases import leased_snowflakes
from projections import generations, mongo, postgres, redis
from projections.postgres_view import schema_of
from projections.registry import VIEWS, Readers
from projections.stores import Stores
from projections.timelines.entries import CAP
from projections.view import Digest
from schemas.events import (
    Event,
    RetweetRemoved,
    TweetDeleted,
    TweetEdited,
    TweetPosted,
    TweetRetweeted,
    UserFollowed,
)
from schemas.events import UserUnfollowed as Unfollowed
from schemas.servers import Servers
from streams.audit.auditing import audit
from streams.audit.log import Log
from streams.lag import caught_up
from streams.load import Loader, username
from tests.forking import Started, start

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180.0
"""A bound only: eleven views that heal at once took a minute where six others used two cores."""
UNREACHABLE: tuple[type[Exception], ...] = (
    KafkaError, *mongo.TRANSIENT, *postgres.TRANSIENT, *redis.TRANSIENT,
)  # fmt: skip


@dataclass
class Told:
    """What the log says, folded plainly. Nothing is added to it any more once it is asked."""

    texts: dict[int, list[str]] = field(default_factory=dict)
    author: dict[int, int] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    follows: dict[tuple[int, int], int] = field(default_factory=dict)
    retweets: dict[int, tuple[int, int]] = field(default_factory=dict)
    in_force: dict[tuple[int, int], int | None] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        match event:
            case TweetPosted(tweet_id=tweet):
                self.texts.setdefault(tweet, [event.text])
                self.author[tweet] = event.actor
            case TweetEdited(tweet_id=tweet):
                self.texts[tweet].append(event.text)
            case TweetDeleted(tweet_id=tweet) if tweet in self.author:
                self.deleted.add(tweet)
            case TweetRetweeted(retweet_id=retweet):
                self.retweets[retweet] = (event.actor, event.tweet_id)
                self.in_force[event.actor, event.tweet_id] = retweet
            case RetweetRemoved():
                self.in_force[event.actor, event.tweet_id] = None
            case UserFollowed():
                self.follows.setdefault((event.actor, event.target), event.event_id)
            case Unfollowed():
                self.follows.pop((event.actor, event.target), None)

    @cached_property
    def gone(self) -> set[int]:
        """Deleted tweets, and retweets that were undone."""
        return self.deleted | {r for r, pair in self.retweets.items() if self.in_force[pair] != r}

    def of_authors(self, authors: set[int]) -> list[int]:
        """Tweets and retweets, newest first."""
        return [tweet for tweet, author in self._standing if author in authors]

    @cached_property
    def _standing(self) -> list[tuple[int, int]]:
        authored = [*self.author.items(), *((r, pair[0]) for r, pair in self.retweets.items())]
        return sorted((one for one in authored if one[0] not in self.gone), reverse=True)


class Aviary:
    def __init__(self, stack: Stack, servers: Servers, stores: Stores) -> None:
        self.stack = stack
        self.servers = servers
        self.stores = stores
        self.processes: list[Started] = []

    async def start_worker(self, *views: str, **variables: str) -> Started:
        return await self.start("streams", "worker", *views, **variables)

    async def start(self, *module: str, **variables: str) -> Started:
        """A process of ours: `python -m` with what is given, and more in its environment."""
        environment = self.stack.servers.environ() | variables
        process = await start(*module, environment=environment, log=self.log)
        self.processes.append(process)
        return process

    @property
    def log(self) -> Path:
        """What the processes under test say."""
        return self.stack.home.logs / "under-test.log"

    async def end(self, process: Started) -> int:
        """Asks it to stop, and returns its exit code."""
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(SECONDS):
            return await process.wait()

    async def close(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def load(
        self, follows: Sequence[tuple[int, int]], tweets: Sequence[tuple[int, str]],
        per_second: float | None = None,
    ) -> None:  # fmt: skip
        """Follows and tweets of accounts that are numbers here."""
        numbers = sorted({n for pair in follows for n in pair} | {author for author, _ in tweets})
        async with (
            leased_snowflakes(self.stores.postgres) as ids,
            BulkAppender(self.servers.kafka) as appender,
        ):
            loader = Loader(Accounts(self.stores.postgres), appender, ids, lambda *_: None)
            people = await loader.people([username(number) for number in numbers])
            user = {number: people[username(number)] for number in numbers}
            await loader.follows([(user[one], user[other]) for one, other in follows])
            await loader.tweets(
                [(user[author], text) for author, text in tweets], per_second=per_second
            )

    async def readers(self) -> Readers:
        return Readers.at(self.stores, await generations.current(self.stores.postgres))

    async def digests(self) -> dict[str, Digest]:
        at = await generations.current(self.stores.postgres)
        return {name: await make(self.stores, at).digest() for name, make in VIEWS.items()}

    async def applied(self, view: str) -> int:
        at = await generations.current(self.stores.postgres)
        return sum((await VIEWS[view](self.stores, at).checkpoints()).values())

    async def moves_to(self, view: str, events: int) -> None:
        """Waits until the view has applied so many events."""
        async with asyncio.timeout(SECONDS):
            while await self.applied(view) < events:
                await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        """Waits until all views hold all there is, also while their stores come and go."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    return await caught_up(self.stores, self.servers.kafka, seconds=SECONDS)
                except UNREACHABLE:
                    await asyncio.sleep(0.1)

    async def lose_mongo(self) -> None:
        """The stand-in has forgotten all when it is killed; a real one has not."""
        for collection in await self.stores.mongo.list_collection_names():
            await self.stores.mongo.drop_collection(collection)

    async def told(self) -> Told:
        told = Told()
        ends = await ends_of(self.servers.kafka, ["tweets", "retweets", "graph"])
        for partition, end in ends.items():
            async for records, _ in read(self.servers.kafka, partition, 0, end):
                for record in records:
                    try:
                        told.add(decode(record.value or b""))
                    except ValueError:
                        continue
        return told

    async def audit(self) -> dict[str, list[tuple[str, str]]]:
        """By view how it differs from the log."""
        log, kafka = Log(self.servers.kafka), self.servers.kafka
        return {
            name: [one.shown() for one in found.differences]
            for name in VIEWS
            if (found := await audit(self.stores, kafka, log, name, seconds=SECONDS)).differences
        }

    async def check(self) -> Told:
        """That every store holds exactly what the log says."""
        assert await self.audit() == {}
        told, readers = await self.told(), await self.readers()
        at = await generations.current(self.stores.postgres)

        stored = {}
        async for document in self.stores.mongo[f"tweets_g{at['tweets']}"].find({}):
            stored[int(document["_id"])] = (
                int(document["author"]),
                [version["text"] for version in document.get("versions", [])],
            )
        assert stored == {
            tweet: (author, [] if tweet in told.deleted else told.texts[tweet])
            for tweet, author in told.author.items()
        }

        retweets = await readers.retweets.find(told.in_force)
        assert {pair: said.retweet_id for pair, said in retweets.items()} == told.in_force

        schema = schema_of("graph", at["graph"])
        edges = await self.stores.postgres.fetch(f"SELECT * FROM {schema}.follows")
        assert {(row[0], row[1]): row[2] for row in edges} == told.follows
        users = {user for edge in told.follows for user in edge} | set(told.author.values())
        followers = Counter(followee for _, followee in told.follows)
        following = Counter(follower for follower, _ in told.follows)
        counts = await readers.graph.counts(users)
        for user in users & counts.keys():
            assert counts[user] == (followers[user], following[user])
        assert counts.keys() >= followers.keys() | following.keys()

        for user in users:
            own = await readers.timelines.author(user, limit=CAP)
            assert [entry.tweet_id for entry in own] == told.of_authors({user})[:CAP]
        gone = told.gone
        for user in users:
            followees = {followee for follower, followee in told.follows if follower == user}
            entries = (await readers.timelines.home(user, limit=CAP)).entries
            home = [entry.tweet_id for entry in entries]
            known = [tweet for tweet in home if tweet not in gone]
            assert known == told.of_authors({user} | followees)[: len(known)]
            assert len(known) >= min(CAP - len(gone), len(told.of_authors({user})))
            assert len(known) + len(gone) >= min(CAP, len(told.of_authors({user} | followees)))
        return told
