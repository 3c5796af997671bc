"""Log lines are one JSON object each."""

import json
import logging
import sys
from typing import Any

from events.logs import REQUEST, JsonLines


def line(message: str, *arguments: Any, failed: bool = False, **extra: Any) -> dict[str, Any]:
    error = sys.exc_info() if failed else None
    record = logging.LogRecord("birds", logging.WARNING, __file__, 1, message, arguments, error)
    record.__dict__.update(extra)
    shown = JsonLines().format(record)
    assert "\n" not in shown
    assert shown.isascii()
    assert shown.isprintable()
    said: dict[str, Any] = json.loads(shown)
    assert said.pop("at").endswith("+00:00")
    return said


def test_a_line_says_what_and_how_bad() -> None:
    assert line("%s is\nlate \x1b[2J \ud800", "Wren") == {
        "level": "WARNING",
        "logger": "birds",
        "message": "Wren is\nlate \x1b[2J \ud800",
    }


def test_a_line_names_the_request_it_is_about() -> None:
    assert "request_id" not in line("x")
    token = REQUEST.set("asked")
    try:
        assert line("x")["request_id"] == "asked"
        assert line("x", request_id=["a", "b"])["request_id"] == ["a", "b"]
    finally:
        REQUEST.reset(token)


def test_a_line_holds_the_traceback() -> None:
    try:
        raise ValueError("no bird")
    except ValueError:
        assert line("x", failed=True)["error"].endswith("ValueError: no bird")
