"""That nobody asks again with what somebody has signed: each nonce is good once, at any gateway."""

import asyncio
import hashlib
import math
import time

from gateway.outage import Outage
from gateway.remembered import Remembered
from gateway.signatures import Signed
from projections import redis
from projections.redis import Redis
from schemas.explained import Explained

CLOCK_SECONDS = 300.0
"""A timestamp is taken that is no further than this from the clock, either way."""

SPARE_SECONDS = 60.0
"""A nonce is kept for so much longer than its timestamp is taken: clocks of gateways differ."""

ASK_SECONDS = 1.0


class NoncesUnknown(Explained):
    """Redis is away."""


class Nonces:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._used_here = Remembered[str, bool]()
        """A Redis that comes back from a crash may have forgotten its last second."""
        self._outage = Outage("no signed writes")

    async def use(self, signed: Signed) -> bool:
        """False when it was used before. Raises `NoncesUnknown`."""
        if self._outage.goes_on():
            raise NoncesUnknown("Redis is away")
        asked = time.monotonic()
        name = f"nonces:{_digest(signed)}"
        if self._used_here.get(name):
            return False
        taken_for = signed.timestamp + CLOCK_SECONDS - time.time()
        seconds = math.ceil(max(taken_for, 0) + SPARE_SECONDS)
        self._used_here.keep({name: True}, asked + seconds)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return bool(await self._redis.set(name, b"", nx=True, ex=seconds))
        except redis.TRANSIENT as error:
            self._used_here.forget(name)
            self._outage.begins(error)
            raise NoncesUnknown("Redis is away") from error


def _digest(signed: Signed) -> str:
    """Whatever a client makes up for a nonce, it takes 16 bytes."""
    parts = (signed.consumer_key, signed.access_token, str(signed.timestamp), signed.nonce)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
