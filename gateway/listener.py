"""One client of a stream, and what waits for it."""

import asyncio
from collections import deque
from typing import NamedTuple

from msgspec import Struct

from gateway.rules import Rule
from schemas.sampling import half, hundredth
from schemas.tweets import Tweet


class Heard(NamedTuple):
    """A tweet, and the listener's rules that it matches."""

    tweet: Tweet
    rules: tuple[Rule, ...] = ()


class Sample(Struct, frozen=True):
    """So many of a hundred tweets, the same for everybody, all versions of a tweet or none.

    With `partition`, 1 or 2, about half of them: those that the other one has not.
    """

    percent: int
    partition: int | None = None

    def has(self, tweet_id: int) -> bool:
        wanted = self.partition in (None, half(tweet_id) + 1)
        return wanted and hundredth(tweet_id) < self.percent


class Listener:
    """A sample of all tweets, or without one those that the user's rules match.

    One whose queue is full is ended, and its task cancelled: it may hang in a write.
    """

    def __init__(self, user: int, sample: Sample | None, capacity: int) -> None:
        self.user = user
        self.sample = sample
        self.ended: str | None = None
        self._capacity = capacity
        self._waiting: deque[Heard] = deque()
        self._awake = asyncio.Event()
        self._task = asyncio.current_task()

    def offer(self, heard: Heard) -> None:
        if self.ended is not None:
            return
        if len(self._waiting) >= self._capacity:
            self._waiting.clear()
            self.end(
                f"{self._capacity} tweets were waiting: you read too slowly, or a store was away"
            )
            if self._task is not None:
                self._task.cancel()
            return
        self._waiting.append(heard)
        self._awake.set()

    def end(self, reason: str) -> None:
        """Nothing is offered any more."""
        self.ended = self.ended or reason
        self._awake.set()

    async def take(self) -> list[Heard]:
        """All that waits, as soon as anything does; nothing when it has ended."""
        await self._awake.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        if self.ended is None:
            self._awake.clear()
        return taken
