"""Turning away what is too much, before anything else is done for it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.admission import ADMISSION
from gateway.endpoints import Endpoint
from gateway.problems import unavailable
from gateway.requests import REQUEST_ID_HEADER, request_id_for
from gateway.state import gateway_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOO_MUCH = unavailable("more is asked than can be answered now: try again in a second")
_BODY, _HEADERS = TOO_MUCH.body(), TOO_MUCH.headers()


@web.middleware
async def shed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Those that are turned away cost what all others then lack: their answer is made already.

    Whom the door has let in stays: to turn it away here costs three times what it does there.
    """
    admission = gateway_of(request).admissions.of(request.method)
    came = admission.has_come(request.protocol)
    endpoint = Endpoint.of(request)
    if endpoint is None or not endpoint.shed:
        return await handler(request)
    if admission.stuck() if came else admission.full():
        admission.turn_away()
        headers = {**_HEADERS, REQUEST_ID_HEADER: request_id_for(request)}
        return web.Response(body=_BODY, status=TOO_MUCH.status, headers=headers)
    request[ADMISSION] = admission
    with admission:
        return await handler(request)
