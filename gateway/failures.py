"""From whatever goes wrong under a handler to the answer that says so."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from events.log import LogOverloaded, LogUnavailable
from events.logs import REQUEST
from events.snowflake import LeaseExpired
from gateway import limits
from gateway.bodies import must_be_plain
from gateway.media import objects
from gateway.problems import Problem, invalid, unavailable
from gateway.requests import DEADLINE, REQUEST_ID, REQUEST_ID_HEADER, request_id_for
from gateway.state import GATEWAY, gateway_of
from projections import elasticsearch, mongo, postgres, redis

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_SECONDS = 20.0
"""No request is worked at for longer, whatever is slow behind it, but for media and streams. Its
answer then takes as long as somebody reads it (`gateway/door.py`)."""


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request its id, and every failure its answer."""
    request[REQUEST_ID] = request_id_for(request)
    REQUEST.set(request[REQUEST_ID])
    try:
        with gateway_of(request).deadlines.within(REQUEST_SECONDS) as request[DEADLINE]:
            must_be_plain(request)
            response = await handler(request)
    except Problem as problem:
        response = problem.response()
    except postgres.UNSTORABLE as error:
        response = invalid(f"a text holds a character that cannot be kept: {error}").response()
    except web.RequestPayloadError:
        response = invalid("body: it is not what its headers say, or broke off").response()
        response.force_close()
        request.content.feed_eof()  # else aiohttp reads on, and logs the client's fault as ours
    except web.HTTPException as error:
        response = _http_problem(error).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except LogOverloaded as error:  # not logged: there are thousands, and `/metrics` counts them
        response = unavailable(f"nothing can be written now: {error}").response()
    except LogUnavailable as error:  # which may name our hosts
        logger.warning("%s: nothing can be written: %r", request.path, error)
        response = unavailable("nothing can be written now: the log is away").response()
    except LeaseExpired as error:
        logger.warning("%s: nothing can be written: %r", request.path, error)
        response = unavailable(f"nothing can be written now: {error}").response()
    except TimeoutError:
        logger.warning("%s took too long", request.path)
        response = unavailable("what is behind this path did not answer in time").response()
    except (
        *mongo.TRANSIENT,
        *redis.TRANSIENT,
        *postgres.TRANSIENT,
        *elasticsearch.TRANSIENT,
        *objects.TRANSIENT,
    ) as error:
        logger.warning("%s: a store is away: %r", request.path, error)
        response = unavailable("a store behind this view is away").response()
    except Exception:
        logger.exception("%s %s", request.method, request.path)
        response = Problem(
            500, "Internal Server Error", "birdlog failed; see its log", kind="internal-error"
        ).response()
    response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
    limits.tell(request, response.headers)
    if request.app[GATEWAY].leaving:
        response.force_close()
    return response


def _http_problem(error: web.HTTPException) -> Problem:
    kinds = {404: "resource-not-found", 405: "invalid-request", 413: "invalid-request"}
    details = {
        404: "there is no such path",
        405: "this path does not take that method",
    }
    return Problem(
        error.status,
        error.reason,
        details.get(error.status, error.text or error.reason),
        kind=kinds.get(error.status, "invalid-request"),
    )
