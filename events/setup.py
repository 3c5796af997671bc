"""Creating topics: nobody does it by accident."""

from collections.abc import Mapping

from aiokafka.admin import NewTopic
from aiokafka.errors import NoError, UnknownTopicOrPartitionError, for_code

from events.observer import admin
from schemas.topics import DEAD_LETTERS, TOPIC_GENERATIONS, TOPICS

PARTITIONS = 4
REPLICAS = 3
"""On as many brokers, or on all where there are fewer. A record counts as written once all but one
of them have it, so that any one may die and writing goes on."""

ALREADY_EXISTS = 36


async def create_topics(bootstrap: str) -> None:
    """Creates what is missing of the first generations."""
    names = (*(topic.name for topic in TOPICS), DEAD_LETTERS)
    await create(bootstrap, dict.fromkeys(names, PARTITIONS) | {TOPIC_GENERATIONS: 1})


async def create(bootstrap: str, partitions: Mapping[str, int]) -> None:
    """Creates the topics that are missing, each with so many partitions.

    On up to three of the brokers that are there now. Nothing on the log ever expires: views are
    rebuilt from it.
    """
    async with admin(bootstrap) as client:
        replicas = min(REPLICAS, len((await client.describe_cluster())["brokers"]))
        answer = await client.create_topics(
            [
                NewTopic(
                    name=name,
                    num_partitions=count,
                    replication_factor=replicas,
                    topic_configs={
                        "retention.ms": "-1",
                        "retention.bytes": "-1",
                        "min.insync.replicas": str(max(1, replicas - 1)),
                    },
                )
                for name, count in partitions.items()
            ]
        )
        for name, code, *reason in answer.topic_errors:
            if code not in (0, ALREADY_EXISTS):
                raise for_code(code)(f"cannot create topic {name}: {reason}")


async def delete(bootstrap: str, topic: str) -> None:
    """Returns when it is to be deleted, or is not there; some brokers may know it for a moment."""
    async with admin(bootstrap) as client:
        for name, code, *reason in (await client.delete_topics([topic])).topic_error_codes:
            if for_code(code) not in (NoError, UnknownTopicOrPartitionError):
                raise for_code(code)(f"cannot delete topic {name}: {reason}")
