"""How often somebody may do something: counted in Redis for all gateways, handed out here.

A gateway takes permits from Redis in blocks and hands them out from memory, so that most requests
cost no trip. No more than a limit's permits are ever handed out in a window; those in the block of
a gateway that sees no more of the subject stay unused.
"""

import asyncio
import time
from collections import OrderedDict
from typing import NamedTuple

from gateway.outage import Outage
from projections import redis
from projections.redis import Redis, Script

WINDOW_SECONDS = 900
BLOCK_SHARE = 10
"""A block is at most a tenth of what is still free, so blocks shrink as the limit comes near."""

MAX_BLOCK = 1_000
SETTLE_SECONDS = 1.0
REMEMBERED = 50_000
"""Subjects; of more, those are forgotten that were away for longest, with what was left to them."""

TAKE = Script("""
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local free = math.max(tonumber(ARGV[1]) - used, 0)
local block = math.max(1, math.min(math.floor(free / tonumber(ARGV[2])), tonumber(ARGV[3])))
local granted = math.min(free, block)
if used == 0 then
    redis.call('SET', KEYS[1], granted, 'PX', ARGV[4])
elseif granted > 0 then
    redis.call('INCRBY', KEYS[1], granted)
end
return {granted, free - granted, redis.call('PTTL', KEYS[1])}
""")
"""The window begins with the first permit and ends when the key expires."""


class Spent(NamedTuple):
    """Whether a permit was there, and what is left until `reset` (seconds since the epoch)."""

    granted: bool
    limit: int
    remaining: int
    reset: int


class Allowance:
    """`left` permits wait here, `shared` ones in Redis, until the window ends (monotonic)."""

    __slots__ = ("ends", "left", "reset", "settling", "shared")

    def __init__(self) -> None:
        self.left = self.shared = self.reset = 0
        self.ends = 0.0
        self.settling = asyncio.Lock()

    def settled(self, now: float) -> bool:
        return now < self.ends and (self.left > 0 or self.shared == 0)

    def spend(self, limit: int) -> Spent:
        granted = self.left > 0
        if granted:
            self.left -= 1
        return Spent(granted, limit, self.left + self.shared, self.reset)


class Allowances:
    def __init__(self, redis: Redis, *, window: float = WINDOW_SECONDS) -> None:
        self._redis = redis
        self._window_ms = int(window * 1000)
        self._known = OrderedDict[str, Allowance]()
        self._outage = Outage("no limits on requests")

    def at_hand(self, subject: str, limit: int) -> Spent | None:
        """As `spend`, where a permit is here; None where none is."""
        allowance = self._known.get(subject)
        if allowance is None or allowance.left <= 0 or time.monotonic() >= allowance.ends:
            return None
        self._known.move_to_end(subject)
        return allowance.spend(limit)

    async def spend(self, subject: str, limit: int) -> Spent | None:
        """Takes one of the `limit` permits of `subject`; None, and no limit, without Redis."""
        allowance = self._found(subject)
        if not allowance.settled(time.monotonic()):
            async with allowance.settling:
                if not allowance.settled(time.monotonic()) and not await self._settle(
                    subject, limit, allowance
                ):
                    return None
        return allowance.spend(limit)

    def exhausted(self, subject: str) -> Allowance | None:
        """The allowance, when this gateway knows that nothing is left of it."""
        allowance = self._known.get(subject)
        if allowance is None or time.monotonic() >= allowance.ends:
            return None
        return None if allowance.left or allowance.shared else allowance

    def _found(self, subject: str) -> Allowance:
        if subject not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.popitem(last=False)
            self._known[subject] = Allowance()
        self._known.move_to_end(subject)
        return self._known[subject]

    async def _settle(self, subject: str, limit: int, allowance: Allowance) -> bool:
        """Takes the next block; False while Redis is away."""
        if self._outage.goes_on():
            return False
        asked = time.monotonic()
        arguments = [limit, BLOCK_SHARE, MAX_BLOCK, self._window_ms]
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                taken = await TAKE(self._redis, [f"limits:{subject}"], arguments)
        except redis.TRANSIENT as error:
            self._outage.begins(error)
            return False
        allowance.left, allowance.shared, lasts_ms = taken
        allowance.ends = asked + lasts_ms / 1000
        allowance.reset = int(time.time() + lasts_ms / 1000) + 1
        return True
