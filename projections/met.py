"""Which rows a store cannot hold yet, known without asking it."""

from collections.abc import Hashable
from typing import Protocol, TypeVar

from events.positions import Partition

SLOTS = 1 << 24
"""A byte each, whatever the log. Of what is new, 1 in 5,000 is taken for met after 100,000 keys,
1 in 80 after 1,000,000 and 4 in 10 after 8,000,000: then they are asked for as if nothing was
known."""

_MIXING = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio (Knuth, The Art of Computer Programming, 6.4): the hash of an int is
the int, and ids differ little in their low bits."""

Key = TypeVar("Key", bound=Hashable)


class Known(Protocol):
    """Of the keys of a batch, those of which there may be rows."""

    def __call__(self, keys: set[Key]) -> set[Key]: ...


def all_of(keys: set[Key]) -> set[Key]:
    return keys


class Met:
    """The keys of what was written, of partitions that are read from their beginning by one.

    A Bloom filter of two hashes (Bloom 1970, Space/time trade-offs in hash coding with allowable
    errors): it takes nothing that was met for new, and little that is new for met.
    """

    def __init__(self) -> None:
        self._slots = bytearray(SLOTS)
        self._until: dict[Partition, int] = {}

    def before(self, partition: Partition, offset: int) -> Known:
        """To be asked about all keys of what is written next, where the store holds what is before
        `offset`."""
        if offset == 0:
            self._until[partition] = 0
        if self._until.get(partition) == offset:
            return self._meet
        self._until.pop(partition, None)  # another process has written some of it
        return all_of

    def wrote(self, partition: Partition, until: int) -> None:
        if partition in self._until:
            self._until[partition] = until

    def _meet(self, keys: set[Key]) -> set[Key]:
        slots, met = self._slots, set()
        for key in keys:
            mixed = hash(key) * _MIXING
            one, other = mixed >> 40 & SLOTS - 1, mixed >> 16 & SLOTS - 1
            if slots[one] and slots[other]:
                met.add(key)
            else:
                slots[one] = slots[other] = 1
        return met
