"""Creating the topics, once: nobody creates them by accident."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from schemas.topics import DEAD_LETTERS, TOPICS

PARTITIONS = 4
REPLICAS = 3
"""On as many brokers, or on all where there are fewer. A record counts as written once all but one
of them have it, so that any one may die and writing goes on."""

ALREADY_EXISTS = 36


async def create_topics(bootstrap: str) -> None:
    """Creates what is missing, on up to three of the brokers that are there now.

    Nothing on the log ever expires: views are rebuilt from it.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
        answer = await admin.create_topics(
            [
                NewTopic(
                    name=name,
                    num_partitions=PARTITIONS,
                    replication_factor=replicas,
                    topic_configs={
                        "retention.ms": "-1",
                        "retention.bytes": "-1",
                        "min.insync.replicas": str(max(1, replicas - 1)),
                    },
                )
                for name in (*(topic.name for topic in TOPICS), DEAD_LETTERS)
            ]
        )
        for name, code, *reason in answer.topic_errors:
            if code not in (0, ALREADY_EXISTS):
                raise for_code(code)(f"cannot create topic {name}: {reason}")
    finally:
        await admin.close()
