"""Where on the brokers a partition is: every generation of a topic is a topic of its own there.

`tweets:3` is partition 3 of Kafka's `tweets`, `tweets:10003` is partition 3 of Kafka's `tweets.2`.
So places in different generations never meet, in whatever they are written down.
"""

from aiokafka import TopicPartition

from events.positions import Partition

FIRST = 1
SPAN = 10_000
"""More than a topic may have partitions; so a number tells its generation."""


def real_topic(topic: str, generation: int) -> str:
    """The name of the topic's generation on the brokers."""
    return topic if generation == FIRST else f"{topic}.{generation}"


def place_in(topic: str, generation: int, number: int) -> Partition:
    """A partition of the topic's generation, which the brokers call by `number`."""
    return Partition(topic, (generation - FIRST) * SPAN + number)


def generation_of(partition: Partition) -> int:
    return FIRST + partition.number // SPAN


def real(partition: Partition) -> TopicPartition:
    """As the brokers call it."""
    name = real_topic(partition.topic, generation_of(partition))
    return TopicPartition(name, partition.number % SPAN)


def logical(topic: str, number: int) -> Partition:
    """As we call what the brokers call so; our own names of topics have no dot."""
    name, dot, generation = topic.partition(".")
    return place_in(name, int(generation) if dot else FIRST, number)
