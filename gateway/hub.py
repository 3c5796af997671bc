"""Where all streams of a gateway hear of new tweets: one reader of the log for all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from msgspec import Struct

from events.log import LogUnavailable
from events.tasks import cancel_all
from gateway.listener import Heard, Listener, Sample
from gateway.problems import Problem, Unavailable, unavailable
from gateway.rule_sets import RuleSets
from gateway.rules import Rules
from gateway.state import Gateway
from gateway.tail import follow
from gateway.telling import Told, facts, told
from gateway.visibility import authors_of
from projections import mongo, postgres, redis
from schemas.events import Event
from schemas.topics import REPLIES, RETWEETS, TWEETS
from schemas.tweets import Tweet

logger = logging.getLogger(__name__)

START_SECONDS = 10.0
REFRESH_SECONDS = 1.0
RETRY_SECONDS = 0.5
MAX_LISTENERS = 1_000
TRANSIENT: tuple[type[Exception], ...] = (
    *mongo.TRANSIENT,
    *redis.TRANSIENT,
    *postgres.TRANSIENT,
    LogUnavailable,
    Unavailable,
)


class Streaming(Struct, frozen=True):
    """`capacity` counts tweets waiting for one client, `per_user` streams on this gateway."""

    keep_alive_seconds: float = 10.0
    capacity: int = 1_000
    per_user: int = 5


class Hub:
    def __init__(self, gateway: Gateway, bootstrap: str, rules: Rules, settings: Streaming) -> None:
        self.rules = rules
        self.sets = RuleSets(rules, gateway.accounts)
        self.settings = settings
        self._gateway = gateway
        self._bootstrap = bootstrap
        self._listeners: set[Listener] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._started = asyncio.Event()
        self._stopping = False

    @asynccontextmanager
    async def listening(self, user: int, sample: Sample | None) -> AsyncIterator[Listener]:
        """A listener that is offered all that is written from now on.

        Raises a 429 `Problem` when the user has too many, and a 503 one.
        """
        if sum(other.user == user for other in self._listeners) >= self.settings.per_user:
            raise Problem(
                429,
                "ConnectionException",
                f"you have {self.settings.per_user} streams open here, which is all you can have",
                kind="streaming-connection",
            )
        if self._stopping or len(self._listeners) >= MAX_LISTENERS:
            raise unavailable("this gateway takes no more streams")
        listener = Listener(user, sample, self.settings.capacity)
        self._listeners.add(listener)
        try:
            await self.sets.watch(user)
            try:
                await self._start()
                yield listener
            finally:
                self.sets.forget(user)
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                await self._stop()

    def end_all(self) -> None:
        """Tells every listener that the gateway stops."""
        self._stopping = True
        for listener in self._listeners:
            listener.end("this gateway is being stopped: connect again")

    async def _start(self) -> None:
        if any(task.done() for task in self._tasks):  # died, and those who heard so still leave
            await self._stop()
        if not self._tasks:
            self._started = asyncio.Event()
            topics = (TWEETS, REPLIES, RETWEETS)
            self._tasks = [
                asyncio.create_task(follow(self._bootstrap, topics, self._hear, self._started)),
                asyncio.create_task(self._refresh()),
            ]
            for task in self._tasks:
                task.add_done_callback(self._died)
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._started.wait()
        except TimeoutError as error:
            raise unavailable("Kafka is away") from error

    def _died(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("streams end", exc_info=error)
            for listener in self._listeners:
                listener.end("birdlog failed; see its log")

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        await cancel_all(tasks)

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.sets.refresh()
            except postgres.TRANSIENT as error:
                logger.warning("rules of streams stay as they are: %r", error)

    async def _hear(self, events: Sequence[Event]) -> None:
        """Offers what everybody may see to those who want it."""
        while True:
            try:
                found = await told(self._gateway.now, events)
                authors = {author for one in found for author in authors_of(one.tweet)}
                protected = await self._gateway.protection.among(authors) if authors else set()
                break
            except TRANSIENT as error:
                logger.warning("streams wait: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
        for one in found:
            if protected.isdisjoint(authors_of(one.tweet)):
                self._offer_samples(one.tweet)
                await self._offer_matches(one)

    def _offer_samples(self, tweet: Tweet) -> None:
        for listener in self._listeners:
            if listener.sample is not None and listener.sample.has(tweet.tweet_id):
                listener.offer(Heard(tweet))

    async def _offer_matches(self, one: Told) -> None:
        """One user's rules at a time: a thousand of them take some milliseconds."""
        users = {listener.user for listener in self._listeners if listener.sample is None}
        if not users:
            return
        looked_at = await facts(one, language=self.sets.want_language)
        for user in users:
            if rules := tuple(self.sets.matching(user, looked_at)):
                for listener in self._listeners:
                    if listener.user == user and listener.sample is None:
                        listener.offer(Heard(one.tweet, rules))
            await asyncio.sleep(0)


HUB = web.AppKey("hub", Hub)


def hub_of(request: web.Request) -> Hub:
    return request.app[HUB]
