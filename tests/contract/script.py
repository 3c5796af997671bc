"""The history as batches of partitions."""

from collections.abc import Iterable, Iterator, Sequence

from events.positions import Partition
from projections.view import Batch, Recorded, View
from schemas.events import Event
from schemas.topics import REACTIONS, TOPIC_OF, TWEETS
from tests.contract.story import Round

PARTITIONS = {TWEETS.name: 2, REACTIONS.name: 2}
"""More than one where partitions meet; each more would make every run longer."""


class Script:
    """The batches that a view gets if nothing goes wrong, one a round and partition.

    The first offset of each batch holds no event, as where Kafka puts records of its own.
    """

    def __init__(self, rounds: Iterable[Round], first_partition: int) -> None:
        self._first = first_partition
        self._events: dict[Partition, list[Recorded]] = {}
        self.batches: list[Batch] = []
        for told in rounds:
            self._add(told)

    def _add(self, told: Round) -> None:
        parted: dict[Partition, list[Event]] = {}
        for event in told:
            parted.setdefault(self._partition(event), []).append(event)
        for partition, events in parted.items():
            start = self.ends().get(partition, 0)
            recorded = [Recorded(start + 1 + n, event) for n, event in enumerate(events)]
            self._events.setdefault(partition, []).extend(recorded)
            self.batches.append(Batch(partition, start, start + 1 + len(events), recorded))

    def _partition(self, event: Event) -> Partition:
        topic = TOPIC_OF[type(event)]
        number = topic.key_of(event) % PARTITIONS.get(topic.name, 1)
        return Partition(topic.name, self._first + number)

    def of(self, view: View) -> list[Batch]:
        topics = {topic.name for topic in view.topics}
        return [batch for batch in self.batches if batch.partition.topic in topics]

    def ends(self, batches: Sequence[Batch] | None = None) -> dict[Partition, int]:
        taken = self.batches if batches is None else batches
        return {batch.partition: batch.next_offset for batch in taken}

    def batch(self, partition: Partition, start: int, end: int) -> Batch:
        """Cut where nothing says that a batch ends."""
        events = [one for one in self._events[partition] if start <= one.offset < end]
        return Batch(partition, start, end, events)


def by_partition(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    parted: dict[Partition, list[Batch]] = {}
    for batch in batches:
        parted.setdefault(batch.partition, []).append(batch)
    yield from parted.values()
