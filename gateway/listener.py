"""One client of a stream, and what waits for it."""

import asyncio
from collections import deque
from hashlib import blake2b
from typing import NamedTuple

from gateway.rules import Rule
from schemas.tweets import Tweet


class Heard(NamedTuple):
    """A tweet, and the listener's rules that it matches."""

    tweet: Tweet
    rules: tuple[Rule, ...] = ()


class Listener:
    """`percent` of all tweets, or without it those that the user's rules match.

    One whose queue is full is ended, and its task cancelled: it may hang in a write.
    """

    def __init__(self, user: int, percent: int | None, capacity: int) -> None:
        self.user = user
        self.percent = percent
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


def in_sample(tweet_id: int, percent: int) -> bool:
    """The same tweets for everybody, all versions of a tweet or none."""
    return int.from_bytes(blake2b(tweet_id.to_bytes(8), digest_size=4).digest()) % 100 < percent
