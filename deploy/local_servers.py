"""The five servers as parts, and how each is asked whether it answers."""

from collections.abc import Mapping

from deploy import elasticsearch, kafka, mongo, postgres, redis
from deploy.home import Home
from deploy.part import Part, Probe
from deploy.servers import Servers
from deploy.tools import Tools

NAMES = ("kafka", "postgres", "redis", "mongo", "elasticsearch")


def local_parts(
    home: Home,
    base: int,
    tools: Tools,
    kafka_advertised: int | None = None,
    *,
    durable: bool = True,
) -> list[Part]:
    """A part for each server whose tools are there; they start side by side."""
    parts = []
    if tools.kafka is not None:
        parts.append(kafka.kafka_part(home, base, tools.kafka, kafka_advertised))
    if tools.elasticsearch is not None:
        parts.append(elasticsearch.elasticsearch_part(home, base, tools.elasticsearch))
    if tools.postgres is not None:
        parts.append(postgres.postgres_part(home, base, tools.postgres, durable=durable))
    if tools.redis is not None:
        parts.append(redis.redis_part(home, base, tools.redis))
    if tools.mongo is not None:
        if tools.mongo.is_dir() and tools.java is not None:
            parts.append(mongo.devmongo_part(base, tools.java, tools.mongo))
        else:
            parts.append(mongo.mongod_part(home, base, str(tools.mongo)))
    return parts


def probes(servers: Servers) -> Mapping[str, Probe]:
    """Server name → probe of its address, whoever runs it."""
    return {
        "kafka": lambda: kafka.probe(servers.kafka_bootstrap),
        "postgres": lambda: postgres.probe(servers.postgres_dsn),
        "redis": lambda: redis.probe(servers.redis_url),
        "mongo": lambda: mongo.probe(servers.mongodb_uri),
        "elasticsearch": lambda: elasticsearch.probe(servers.elasticsearch_url),
    }
