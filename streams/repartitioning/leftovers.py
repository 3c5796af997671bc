"""The words that a copy of a topic would leave out."""

from collections.abc import Sequence

from events.positions import Partition
from events.reader import read
from streams.repartitioning.going_over import ends_at
from streams.repartitioning.words import Deletions


async def are_left(bootstrap: str, places: Sequence[Partition]) -> bool:
    """Whether any of `places` holds words of what is deleted by now.

    Raises aiokafka's `KafkaError`, and `TimeoutError`.
    """
    for place, end in (await ends_at(bootstrap, places)).items():
        deletions = await Deletions.between(bootstrap, place, 0, end)
        async for records, _ in read(bootstrap, place, 0, end):
            for record in records:
                if deletions.without_words(record.offset, record.value) != record.value:
                    return True
    return False
