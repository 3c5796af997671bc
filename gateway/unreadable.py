"""What cannot be read as HTTP, answered and logged without what was sent.

aiohttp repeats the line at which it gave up, to the sender and in the log. A token may be in it.
"""

import logging
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from gateway.problems import invalid
from gateway.requests import REQUEST_ID_HEADER, request_id_for

logger = logging.getLogger(__name__)

UNREADABLE = (HttpProcessingError, web.RequestPayloadError)
"""Their texts repeat what was sent; their names say enough."""


class Handler(RequestHandler):
    """aiohttp's own handler of one connection, but discreet."""

    __slots__ = ()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        error = kw.get("exc_info")
        if isinstance(error, UNREADABLE):
            logger.info("a request cannot be read: %s", type(error).__name__)
        else:
            super().log_exception(*args, **kw)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        self.log_exception(exc_info=exc)
        response = invalid(f"this cannot be read as HTTP: {type(exc).__name__}").response()
        response.headers[REQUEST_ID_HEADER] = request_id_for(request)
        response.force_close()
        return response
