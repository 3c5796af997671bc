"""Nothing in a run but its seed decides: clocks, random bits, and what comes from elsewhere."""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from hashlib import sha1
from types import ModuleType
from typing import Any
from unittest.mock import patch

import projections.cache.values
import projections.checkpoints.redis
import projections.counters.flags
import projections.counters.totals
import projections.counters.waiting
import projections.search.lines
import projections.timelines.follows
import projections.timelines.heard
import projections.timelines.scripts
import streams.audit.folds.search
import streams.feed
import streams.processor
from projections.redis import Script
from schemas.text.language import languages_of
from tests.simulation.log import Log
from tests.simulation.virtual_loop import VirtualLoop

EPOCH_SECONDS = 1_700_000_000.0
POLL_SECONDS = 0.2
"""Waiting for another view costs a step each time, so a run looks more seldom."""

_SCRIPTED: tuple[ModuleType, ...] = (
    projections.checkpoints.redis,
    projections.cache.values,
    projections.counters.flags,
    projections.counters.totals,
    projections.timelines.heard,
    projections.timelines.scripts,
)


def now() -> float:
    """Seconds since the Unix epoch, within a run."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return EPOCH_SECONDS + loop.time() + loop.passed


@contextmanager
def determined(chance: random.Random, log: Log) -> Iterator[None]:
    """Until the block ends, for everything in this operating system process."""
    with ExitStack() as stack:

        def put(where: object, name: str, what: Any) -> None:
            stack.enter_context(patch.object(where, name, what))

        put(time, "time", now)
        put(time, "time_ns", lambda: int(now() * 1_000_000_000))
        put(os, "urandom", chance.randbytes)
        put(secrets, "randbits", chance.getrandbits)
        put(streams.feed, "read", log.read)
        put(streams.processor, "observer", log.observer)
        put(streams.processor, "ends", log.ends)
        put(projections.counters.waiting, "POLL_SECONDS", POLL_SECONDS)
        put(projections.timelines.follows, "POLL_SECONDS", POLL_SECONDS)
        for module in (projections.search.lines, streams.audit.folds.search):
            put(module, "languages_of", _languages_of)
        for module in _SCRIPTED:
            for found in vars(module).values():
                if isinstance(found, Script):
                    found.sha = _name(found.source)
        yield


def _languages_of(texts: list[str]) -> list[str]:
    return [_language_of(text) for text in texts]


@cache
def _language_of(text: str) -> str:
    """A millisecond each, and a run has few texts."""
    return languages_of([text])[0]


@cache
def _name(source: str) -> str:
    """As Redis names it, so that a run does not begin otherwise than the one before it."""
    return sha1(source.encode(), usedforsecurity=False).hexdigest()
