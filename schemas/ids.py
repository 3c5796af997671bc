"""Snowflake ids: 41 bits of milliseconds, 10 of worker, 12 of sequence."""

from typing import Annotated

from msgspec import Meta

EPOCH_MS = 1_288_834_974_657
"""Twitter's own epoch, so that every tool that reads the time out of a tweet id is right here."""

WORKER_BITS = 10
SEQUENCE_BITS = 12
TIME_SHIFT = WORKER_BITS + SEQUENCE_BITS
MAX_ID = 2**63 - 1
NEW_MS = 60_000

Id = Annotated[
    int,
    Meta(ge=0, le=MAX_ID, extra_json_schema={"type": "string", "pattern": "^[0-9]{1,19}$"}),
]
"""An integer inside, a string in JSON, `Int64` in MongoDB."""


def time_of(snowflake: int) -> int:
    """Milliseconds since the Unix epoch at which the id was made."""
    return (snowflake >> TIME_SHIFT) + EPOCH_MS


def is_new(snowflake: int, now: int) -> bool:
    """Whether the id was made within a minute of `now`, in milliseconds since the Unix epoch: the
    views may not have yet what it names."""
    return abs(now - time_of(snowflake)) <= NEW_MS


def first_id_at(at: int) -> int:
    """The lowest id that can have been made at `at` milliseconds since the Unix epoch."""
    return max(0, at - EPOCH_MS) << TIME_SHIFT
