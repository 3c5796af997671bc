"""What every failure looks like."""

from tests.person import Reply

TYPES = "https://api.x.com/2/problems/"


def assert_problem(reply: Reply, status: int, *said: str) -> None:
    """The reply is a problem of this status, and its detail names each of `said`."""
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.body["status"] == status
    assert reply.body["type"].startswith(TYPES)
    assert reply.body["title"]
    (error,) = reply.body["errors"]
    assert error["message"] == reply.body["detail"]
    for words in said:
        assert words in reply.body["detail"]
    assert reply.headers["X-Request-ID"]
