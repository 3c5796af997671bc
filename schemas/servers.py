"""Where the servers are: read from the environment, as `deploy` and compose files set it."""

import os
from collections.abc import Mapping
from typing import Self

from msgspec import Struct


class ServerMissing(RuntimeError):
    """The environment names no address for a server that is needed."""


class Servers(Struct, frozen=True):
    """`media` is where the gateway keeps photos and videos: a folder, or `s3://BUCKET`."""

    kafka: str
    mongodb: str
    redis: str
    postgres: str
    elasticsearch: str
    media: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises `ServerMissing` with the name of the first variable that is not set."""
        addresses = []
        for variable in VARIABLES:
            address = environment.get(variable)
            if not address:
                raise ServerMissing(f"{variable} is not set: start the servers with ./birdlog up")
            addresses.append(address)
        kafka, mongodb, redis, postgres, elasticsearch = addresses
        media = environment.get(MEDIA, "")
        return cls(kafka, mongodb, redis, postgres, elasticsearch, media)


VARIABLES = (
    "KAFKA_BOOTSTRAP",
    "MONGODB_URI",
    "REDIS_URL",
    "POSTGRES_DSN",
    "ELASTICSEARCH_URL",
)
MEDIA = "BIRDLOG_MEDIA"
