"""Places in the log."""

import re
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
        if (found := _POSITION.fullmatch(text)) is None:
            raise ValueError(f"{text[:60]!r} is no log position: expected topic:partition:offset")
        topic, number, offset = found.groups()
        return cls(Partition(topic, int(number)), int(offset))


_POSITION = re.compile(r"(\S+):([0-9]{1,9}):([0-9]{1,18})")
