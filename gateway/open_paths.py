"""Paths that are answered without a token, and that say what they answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from schemas.api.base import Command

JSON = "application/json"
TEXT = "text/plain"
BASIC = "basic"


class OpenPath(Struct, frozen=True):
    """`answers` are the types of content by status, none where there is no content. `scheme` is
    how whoever asks must say who they are, where not anybody may ask."""

    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answers: Mapping[int, Sequence[str]]
    method: str = "GET"
    command: type[Command] | None = None
    scheme: str | None = None

    def route(self) -> web.RouteDef:
        return web.route(self.method, self.path, self.handler)
