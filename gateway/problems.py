"""What went wrong, as problem+json with the right status."""

from aiohttp import web
from msgspec import json, to_builtins

from schemas.api.answers import PartialError, ProblemObject

MOST_DETAIL = 500
"""Characters: what is wrong may be repeated in it, however long it is."""

PROBLEMS = "https://api.x.com/2/problems"


class Problem(Exception):
    """Raised anywhere under a handler; the middleware turns it into the answer."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        kind: str = "invalid-request",
        retry_after: int | None = None,
        error: PartialError | None = None,
        scheme: str = "Bearer",
    ) -> None:
        """`error` says what the problem is about, as one of several would; `scheme` how to log
        in, where that is what is missing."""
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail[:MOST_DETAIL].encode(errors="replace").decode()
        self.kind = kind
        self.retry_after = retry_after
        self.error = error
        self.scheme = scheme

    def response(self) -> web.Response:
        return web.Response(body=self.body(), status=self.status, headers=self.headers())

    def body(self) -> bytes:
        return json.encode(
            ProblemObject(
                title=self.title,
                detail=self.detail,
                type=f"{PROBLEMS}/{self.kind}",
                status=self.status,
                errors=[{"message": self.detail, **to_builtins(self.error or {})}],
            )
        )

    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/problem+json"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = self.scheme
        return headers


class Unavailable(Problem):
    """A 503: what is asked for now may be there in a moment."""


def invalid(detail: str) -> Problem:
    return Problem(400, "Invalid Request", detail)


def unauthorized(detail: str, scheme: str = "Bearer") -> Problem:
    kind = "not-authorized-for-resource"
    return Problem(401, "Unauthorized", detail, kind=kind, scheme=scheme)


def forbidden(detail: str) -> Problem:
    return Problem(403, "Forbidden", detail, kind="not-authorized-for-resource")


def not_found(what: str, which: int | str, parameter: str = "id") -> Problem:
    return Problem(
        404,
        "Not Found Error",
        f"there is no {what} {which}",
        kind="resource-not-found",
        error=missing(what, parameter, str(which)),
    )


def unavailable(detail: str) -> Unavailable:
    return Unavailable(
        503, "Service Unavailable", detail, kind="resource-unavailable", retry_after=1
    )


def withheld(what: str, parameter: str, value: str) -> PartialError:
    """One of several that whoever asks may not see."""
    return PartialError(
        title="Authorization Error",
        detail=f"Sorry, you are not authorized to see the {what} with {parameter}: [{value}].",
        type=f"{PROBLEMS}/not-authorized-for-resource",
        resource_type=what,
        parameter=parameter,
        resource_id=value,
        value=value,
    )


def missing(what: str, parameter: str, value: str) -> PartialError:
    """One of several that does not exist, inside an answer with the others."""
    return PartialError(
        title="Not Found Error",
        detail=f"Could not find {what} with {parameter}: [{value}].",
        type=f"{PROBLEMS}/resource-not-found",
        resource_type=what,
        parameter=parameter,
        resource_id=value,
        value=value,
    )
