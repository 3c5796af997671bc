"""Creating the topics, once: nobody creates them by accident."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from schemas.topics import DEAD_LETTERS, TOPICS

PARTITIONS = 4
ALREADY_EXISTS = 36


async def create_topics(bootstrap: str, *, replication: int = 1) -> None:
    """Creates what is missing. Nothing on the log ever expires: views are rebuilt from it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        answer = await admin.create_topics(
            [
                NewTopic(
                    name=name,
                    num_partitions=PARTITIONS,
                    replication_factor=replication,
                    topic_configs={"retention.ms": "-1", "retention.bytes": "-1"},
                )
                for name in (*(topic.name for topic in TOPICS), DEAD_LETTERS)
            ]
        )
        for name, code, *reason in answer.topic_errors:
            if code not in (0, ALREADY_EXISTS):
                raise for_code(code)(f"cannot create topic {name}: {reason}")
    finally:
        await admin.close()
