"""Where the servers are: read from the environment, as `deploy` and compose files set it."""

import os
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from msgspec import Struct


class ServerMissing(RuntimeError):
    """The environment names no address for a server that is needed, or none that can be one."""


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
        """Raises `ServerMissing` with the name of the first variable that is not set, or wrong."""
        addresses = []
        for variable in VARIABLES:
            address = environment.get(variable)
            if not address:
                raise ServerMissing(f"{variable} is not set: start the servers with ./birdlog up")
            if not address.startswith(BEGINNINGS[variable]):
                expected = " or ".join(BEGINNINGS[variable])
                raise ServerMissing(f"{variable} does not begin with {expected}")
            addresses.append(address)
        kafka, mongodb, redis, postgres, elasticsearch = addresses
        if not _names_a_port(elasticsearch):
            raise ServerMissing("ELASTICSEARCH_URL names no port, as https://HOST:9200 does")
        media = environment.get(MEDIA, "")
        return cls(kafka, mongodb, redis, postgres, elasticsearch, media)


BEGINNINGS = {
    "KAFKA_BOOTSTRAP": ("",),
    "MONGODB_URI": ("mongodb://", "mongodb+srv://"),
    "REDIS_URL": ("redis://", "rediss://", "unix://"),
    "POSTGRES_DSN": ("postgresql://", "postgres://"),
    "ELASTICSEARCH_URL": ("http://", "https://"),
}
VARIABLES = tuple(BEGINNINGS)
MEDIA = "BIRDLOG_MEDIA"
MAX_PORT = 65_535


def port_of(variable: str, text: str) -> int:
    """Raises `ServerMissing` when the variable's text is none; 0 is any that is free."""
    if not text.isascii() or not text.isdigit() or int(text) > MAX_PORT:
        raise ServerMissing(f"{variable}: {text[:40]!r} is no port")
    return int(text)


def _names_a_port(url: str) -> bool:
    """The client of Elasticsearch guesses none."""
    try:
        return urlsplit(url).port is not None
    except ValueError:
        return False
