"""The events that a fold goes through."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from events.positions import Partition
from projections.view import Recorded
from schemas.events import Event
from schemas.topics import Topic

Told: TypeAlias = Mapping[Partition, Sequence[Recorded]]
"""By partition what the log says there, in order. Between partitions there is no order."""


def recorded_of(told: Told, *topics: Topic) -> Iterator[tuple[Partition, Recorded]]:
    """All events of the topics, one partition after the other."""
    for topic in topics:
        for partition in sorted(partition for partition in told if partition.topic == topic.name):
            for recorded in told[partition]:
                yield partition, recorded


def events_of(told: Told, *topics: Topic) -> Iterator[Event]:
    for _, recorded in recorded_of(told, *topics):
        yield recorded.event
