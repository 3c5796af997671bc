"""The addresses of the five servers, and the place for photos and videos."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.ports import LOOPBACK, Offset, check_base, port

VARIABLES = {
    "kafka": "KAFKA_BOOTSTRAP",
    "postgres": "POSTGRES_DSN",
    "redis": "REDIS_URL",
    "mongo": "MONGODB_URI",
    "elasticsearch": "ELASTICSEARCH_URL",
}
MEDIA = "BIRDLOG_MEDIA"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where to connect; each as its client library takes it, called like its variable.

    `kafka_bootstrap` is host:port (several with commas), the others are URLs. `media` is a
    folder or `s3://BUCKET`.
    """

    kafka_bootstrap: str
    mongodb_uri: str
    redis_url: str
    postgres_dsn: str
    elasticsearch_url: str
    media: str = ""

    @classmethod
    def local(
        cls, base: int, environ: Mapping[str, str] | None = None, *, media: str = ""
    ) -> "Servers":
        """The addresses of a stack at this port base; what the environment gives wins."""
        check_base(base)
        given = given_servers(environ)
        local = {
            "kafka": f"{LOOPBACK}:{port(base, Offset.kafka)}",
            "postgres": f"postgresql://birdlog@{LOOPBACK}:{port(base, Offset.postgres)}/birdlog",
            "redis": f"redis://{LOOPBACK}:{port(base, Offset.redis)}/0",
            "mongo": f"mongodb://{LOOPBACK}:{port(base, Offset.mongo)}/birdlog",
            "elasticsearch": f"http://{LOOPBACK}:{port(base, Offset.elasticsearch)}",
        }
        addresses = {_field(name): address for name, address in (local | given).items()}
        place = (os.environ if environ is None else environ).get(MEDIA) or media
        return cls(**addresses, media=place)

    def address(self, name: str) -> str:
        """The address of the server called kafka, postgres, redis, mongo or elasticsearch."""
        return str(getattr(self, _field(name)))

    def environ(self) -> dict[str, str]:
        """The variables that tell these addresses to a child process."""
        told = {variable: self.address(name) for name, variable in VARIABLES.items()}
        return told | ({MEDIA: self.media} if self.media else {})


def _field(name: str) -> str:
    return VARIABLES[name].lower()


def given_servers(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Server name → address, for the servers that the environment gives."""
    environ = os.environ if environ is None else environ
    return {name: environ[key] for name, key in VARIABLES.items() if environ.get(key)}


def without_password(address: str) -> str:
    """The address as it may be shown on a terminal."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="").geturl()
