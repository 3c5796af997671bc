"""Paths that are answered without a token, and that say what they answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from schemas.api.base import Command, Query

JSON = "application/json"
TEXT = "text/plain"
BEARER, OAUTH, BASIC = "bearer", "oauth", "basic"
"""As the registry of HTTP authentication schemes names them; the second is RFC 5849."""

OAUTH2 = "oauth2"
"""A bearer token, too, which a program has from a user who let it in."""


class OpenPath(Struct, frozen=True):
    """`answers` are the types of content by status, none where there is no content. `scheme` is
    how whoever asks must say who they are, where not anybody may ask; where `may_be_nobody`, some
    need not. `alias` tells apart what is at several paths."""

    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answers: Mapping[int, Sequence[str]]
    method: str = "GET"
    command: type[Command] | None = None
    scheme: str | None = None
    may_be_nobody: bool = False
    query: type[Query] | None = None
    alias: str = ""

    @property
    def name(self) -> str:
        name: str = getattr(self.handler, "__name__", "")
        return f"{name}_{self.alias}" if self.alias else name

    def route(self) -> web.RouteDef:
        return web.route(self.method, self.path, self.handler)
