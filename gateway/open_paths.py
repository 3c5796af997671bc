"""Paths that are answered to anybody, without a token, and that say what they answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from msgspec import Struct

JSON = "application/json"
TEXT = "text/plain"


class OpenPath(Struct, frozen=True):
    """A GET. `answers` are the types of content by status, none where there is no content."""

    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answers: Mapping[int, Sequence[str]]

    def route(self) -> web.RouteDef:
        return web.get(self.path, self.handler)
