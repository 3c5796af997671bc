"""Every query parameter that the official SDK can send is taken where it sends it."""

import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import xdk
from msgspec.structs import fields
from requests.adapters import BaseAdapter
from xdk.streaming import StreamConfig, StreamError

from gateway.modules import ENDPOINTS
from schemas.api.base import Query

ANYTHING = "1"
"""What every argument is, ids in paths too, so that no other word in a path is taken for one."""


class Refusing(BaseAdapter):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.sent.append(request)
        refused = requests.Response()
        refused.status_code = 400
        return refused

    def close(self) -> None:
        pass


def reads(client: xdk.Client) -> Iterator[Any]:
    """The methods of the SDK, bound, that send no body."""
    for part in vars(client).values():
        if type(part).__module__.startswith("xdk.") and type(part).__name__.endswith("Client"):
            for _, method in inspect.getmembers(part, inspect.ismethod):
                parameters = inspect.signature(method).parameters
                if not method.__name__.startswith("_") and "body" not in parameters:
                    yield method


def called_with_everything(method: Any) -> None:
    arguments: dict[str, Any] = dict.fromkeys(inspect.signature(method).parameters, ANYTHING)
    if "stream_config" in arguments:
        arguments["stream_config"] = StreamConfig(max_retries=0)
    with suppress(requests.HTTPError, StreamError):
        asked = method(**arguments)
        if inspect.isgenerator(asked):
            next(asked)


def test_what_xdk_can_send_is_taken() -> None:
    client = xdk.Client(base_url="http://birdlog.test", bearer_token="t", access_token="t")
    wire = Refusing()
    client.session.mount("http://birdlog.test", wire)
    for method in reads(client):
        called_with_everything(method)
    client.session.close()
    served = {
        re.sub(r"\{\w+\}", ANYTHING, endpoint.path): endpoint
        for endpoint in ENDPOINTS
        if endpoint.method == "GET"
    }
    seen = set()
    for request in wire.sent:
        assert request.url
        asked = urlsplit(request.url)
        if request.method == "GET" and (endpoint := served.get(asked.path)):
            seen.add(endpoint.path)
            taken = {field.encode_name for field in fields(endpoint.query or Query)}
            assert {name for name, _ in parse_qsl(asked.query)} <= taken, endpoint.path
    assert len(seen) >= 40
    assert seen >= {"/2/tweets/sample10/stream", "/2/users/{id}/bookmarks", "/2/media/upload"}
