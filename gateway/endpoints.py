"""Endpoints that say what they take and answer: checks, limits and the document follow from it."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, get_origin, get_type_hints

from aiohttp import web
from msgspec import Struct

from gateway.bodies import MAX_BODY_BYTES, body, in_query
from gateway.limits import limit_of, name_of
from gateway.parameters import query
from gateway.requests import allow, authenticate, must_be_let
from gateway.scopes import needed_for
from gateway.state import gateway_of
from schemas.api.answers import Page
from schemas.api.base import Command, Query

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[web.StreamResponse]])


OK = (200,)


class Endpoint(Struct, frozen=True):
    """`answers` is the type of what stands under `data` in an answer with one of `statuses`, or of
    the whole answer where that is `bare`, or of each line where that is `endless`; a 204 has no
    content. `meta` is the type of what stands under `meta`.

    A user may ask `limit` times in 900 s, and as often each program that the user let in, if that
    was for all `scopes`, and never where these are None. A body has up to `largest` bytes; where it
    may be larger than others, it and the whole request may take `seconds`. What is `endless` goes
    on until the client goes. Both are no part of what is counted against overload.
    """

    method: str
    path: str
    handler: Callable[..., Awaitable[web.StreamResponse]]
    query: type[Query] | None
    command: type[Command] | None
    answers: Any
    statuses: tuple[int, ...]
    name: str
    limit: int
    scopes: frozenset[str] | None
    largest: int = MAX_BODY_BYTES
    seconds: float | None = None
    endless: bool = False
    bare: bool = False
    meta: type[Page] | None = None

    @staticmethod
    def of(request: web.Request) -> "Endpoint | None":
        """The one that the path and method lead to."""
        found = getattr(request.match_info.handler, "__self__", None)
        return found if isinstance(found, Endpoint) else None

    @property
    def shed(self) -> bool:
        """Whether it is counted against overload."""
        return not self.endless and self.seconds is None

    def route(self) -> web.RouteDef:
        return web.route(self.method, self.path, self.__call__)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Who asks is looked at first, then what for. Raises 401, 403, 429 and 400 `Problem`s."""
        limits = gateway_of(request).limits
        await limits.of_address(request)
        caller = await authenticate(request)
        must_be_let(caller, self.scopes)
        await limits.of_user(request, caller.user_id, self.name, self.limit, caller.client_id)
        if self.seconds is not None:
            allow(request, self.seconds)
        if self.largest != MAX_BODY_BYTES:
            request = request.clone(client_max_size=self.largest)
        arguments: list[Struct] = []
        if self.query is not None:
            arguments.append(query(request, self.query))
        elif request.rel_url.raw_query_string and not in_query(request, self.command):
            query(request, Query)
        if self.command is not None:
            arguments.append(await body(request, self.command, self.seconds))
        return await self.handler(request, *arguments)


class Endpoints:
    """Those of one module, by decorator.

    A handler is `async def handler(request)`, and takes after the request, where it wants them,
    the query as a `Query` struct and then the JSON body as a `Command` struct.
    """

    def __init__(self) -> None:
        self._endpoints: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints)

    def get(
        self,
        path: str,
        *,
        answers: Any,
        endless: bool = False,
        bare: bool = False,
        meta: type[Page] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Several are answered with a `Page`, unless `meta` says more."""
        meta = meta or (Page if get_origin(answers) is list else None)
        return self._add("GET", path, answers, OK, endless=endless, bare=bare, meta=meta)

    def post(
        self,
        path: str,
        *,
        answers: Any,
        statuses: tuple[int, ...] = OK,
        largest: int = MAX_BODY_BYTES,
        seconds: float | None = None,
        bare: bool = False,
        meta: type[Page] | None = None,
    ) -> Callable[[Handler], Handler]:
        return self._add("POST", path, answers, statuses, largest, seconds, bare=bare, meta=meta)

    def put(self, path: str, *, answers: Any) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, answers, OK)

    def delete(self, path: str, *, answers: Any) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path, answers, OK)

    def _add(
        self,
        method: str,
        path: str,
        answers: Any,
        statuses: tuple[int, ...],
        largest: int = MAX_BODY_BYTES,
        seconds: float | None = None,
        endless: bool = False,
        bare: bool = False,
        meta: type[Page] | None = None,
    ) -> Callable[[Handler], Handler]:
        name = name_of(method, path)

        def add(handler: Handler) -> Handler:
            self._endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    query=_taken(handler, Query),
                    command=_taken(handler, Command),
                    answers=answers,
                    statuses=statuses,
                    name=name,
                    limit=limit_of(name),
                    scopes=needed_for(name),
                    largest=largest,
                    seconds=seconds,
                    endless=endless,
                    bare=bare,
                    meta=meta,
                )
            )
            return handler

        return add


def _taken(handler: Callable[..., Any], kind: type[Any]) -> type[Any] | None:
    """The struct of that kind among the handler's parameters."""
    hints = get_type_hints(handler)
    hints.pop("return", None)
    kinds = [hint for hint in hints.values() if inspect.isclass(hint) and issubclass(hint, kind)]
    return kinds[0] if kinds else None
