"""Places in the log."""

from typing import NamedTuple, Self


class Partition(NamedTuple):
    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        topic, _, number = text.rpartition(":")
        return cls(topic, int(number))


class Position(NamedTuple):
    """One event's place. As text, `topic:partition:offset`."""

    partition: Partition
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` when `text` is no position."""
        partition, _, offset = text.rpartition(":")
        if not (partition and offset.isascii() and offset.isdigit()):
            raise ValueError(f"{text!r} is no log position: expected topic:partition:offset")
        return cls(Partition.parse(partition), int(offset))
