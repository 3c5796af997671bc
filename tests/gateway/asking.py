"""Asking every endpoint that reads, whatever it is for."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import fields

from gateway.endpoints import Endpoint
from gateway.modules import ENDPOINTS
from tests.person import Person


class Known(NamedTuple):
    """Somebody who asks, with a tweet and a list of their own."""

    person: Person
    tweet: str
    list_id: str


def parameters(endpoint: Endpoint) -> frozenset[str]:
    found = fields(endpoint.query) if endpoint.query else ()
    return frozenset(field.encode_name for field in found)


def reads() -> Iterator[Endpoint]:
    """Those that take names of fields or expansions."""
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET" and any(map(is_of_names, parameters(endpoint))):
            yield endpoint


def is_of_names(parameter: str) -> bool:
    return parameter == "expansions" or parameter.endswith(".fields")


def question(endpoint: Endpoint, known: Known) -> tuple[str, dict[str, str]]:
    """A path that something is found under, and the parameters that it takes to find it."""
    person, tweet, list_id = known
    ids = {"tweets": tweet, "users": person.id, "lists": list_id}.get(endpoint.path.split("/")[2])
    path = endpoint.path.format(id=ids, username=person.username, woeid=1, media_key="3_1")
    given = {"usernames": person.username, "query": person.username, "media_keys": "3_1"}
    given |= {"ids": ids} if ids else {}
    return path, {name: said for name, said in given.items() if name in parameters(endpoint)}
