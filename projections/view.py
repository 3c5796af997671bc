"""What a view is: the contract between the log and everything that a reader sees."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from events.positions import Partition
from schemas.events import Event
from schemas.topics import Topic


class Recorded(NamedTuple):
    """An event and its offset."""

    offset: int
    event: Event


class Batch(NamedTuple):
    """Consecutive events of one partition, in offset order.

    It covers the offsets in [start, next_offset), of which some may hold no event.
    """

    partition: Partition
    start: int
    next_offset: int
    events: Sequence[Recorded]


NOTHING_DEFERRED: Mapping[Partition, int] = MappingProxyType({})


class CheckpointBehind(Exception):
    """The store's checkpoint lies before the batch: something between them was lost.

    A wiped or restored store, say. Whoever feeds the view reads on from `stored`.
    """

    def __init__(self, partition: Partition, stored: int) -> None:
        super().__init__(f"{partition}: the store stands at {stored}")
        self.partition = partition
        self.stored = stored


class Digest(NamedTuple):
    """An order-free summary of a view's rows: equal digests, equal views."""

    rows: int
    total: int

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.total:032x}"


DIGEST_BITS = 128


ROWS_AT_ONCE = 1_000
"""So many rows of a view are in memory, and worked through before anything else has its turn."""

Row = TypeVar("Row")


def hash_of(row: bytes) -> int:
    """128 bits of BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(row, digest_size=DIGEST_BITS // 8).digest())


def digest_of(rows: Iterable[bytes]) -> Digest:
    """Sums the hashes of `rows` modulo 2^128 (an additive multiset hash)."""
    count = total = 0
    for row in rows:
        count += 1
        total += hash_of(row)
    return Digest(count, total % (1 << DIGEST_BITS))


async def digest_over(rows: AsyncIterable[bytes]) -> Digest:
    """The `digest_of` rows of which none is kept."""
    count = total = 0
    async for row in in_turns(rows):
        count += 1
        total += hash_of(row)
    return Digest(count, total % (1 << DIGEST_BITS))


async def in_turns(rows: AsyncIterable[Row]) -> AsyncIterator[Row]:
    """All rows; others have their turn now and then, although a store's client has many at hand."""
    count = 0
    async for row in rows:
        yield row
        count += 1
        if count % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)


@runtime_checkable
class IndexedLate(Protocol):
    """A view that is filled faster before it has the indexes that only its readers need."""

    async def prepare_to_fill(self) -> None:
        """As `prepare`, which is to be called as well before anybody reads, without these."""


async def prepare_to_fill(view: "View") -> None:
    await (view.prepare_to_fill() if isinstance(view, IndexedLate) else view.prepare())


class View(Protocol):
    """One projection of the log into one store, at one generation.

    `transient` names the exceptions of its store that pass by themselves; any other exception
    out of `apply` means that an event of the batch can never be applied.
    """

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> tuple[Topic, ...]: ...

    @property
    def transient(self) -> tuple[type[Exception], ...]: ...

    @property
    def deferred(self) -> Mapping[Partition, int]:
        """Where checkpoints stand, of partitions in which they may follow later than `apply`."""

    async def prepare(self) -> None:
        """Creates what the store needs before the first batch; harmless when it is there."""

    async def apply(self, batch: Batch) -> None:
        """Writes one batch and, once all of it is in the store, its checkpoint.

        Applied twice, or by two workers at once, it leaves the store as if applied once. Raises
        `CheckpointBehind` when the store misses what came before the batch.
        """

    async def checkpoints(self) -> dict[Partition, int]:
        """By partition, the offset up to which the store holds everything."""

    async def digest(self) -> Digest: ...

    async def drop(self) -> None:
        """Removes this generation from the store."""

    async def close(self) -> None:
        """Finishes what it does in the background, or leaves it to the checkpoint."""
