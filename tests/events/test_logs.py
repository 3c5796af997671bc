"""Log lines are one JSON object each."""

import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from events.logs import AT_ONCE, REQUEST, SECONDS, JsonLines, Sparing


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


def test_a_line_holds_of_media_keys_only_the_beginning() -> None:
    key = "16_340282366920938463463374607431768211455"
    try:
        raise LookupError(f"media/{key}")
    except LookupError as error:
        said = line("/media/%s: %r, 3_4 and tweets:3:2127135066386214912", key, error, failed=True)
    short = (
        "/media/16_3402...: LookupError('media/16_3402...'), 3_4 and tweets:3:2127135066386214912"
    )
    assert said["message"] == short
    assert key[8:] not in said["error"]


def spoken(record_at: Sequence[float]) -> list[int]:
    """How many lines were left out before each that was let through at those seconds."""
    sparing = Sparing()
    records = [logging.makeLogRecord({"created": at, "lineno": 1}) for at in record_at]
    return [getattr(record, "left_out", -1) for record in records if sparing.filter(record)]


def test_what_is_said_too_often_is_counted_instead() -> None:
    assert spoken([n / 100 for n in range(AT_ONCE + 5)]) == [0] * AT_ONCE
    later = [SECONDS + 1, SECONDS + 2]
    assert spoken([0.0] * (AT_ONCE + 5) + later) == [0] * AT_ONCE + [5, 0]
    set_back = [-3_600.0, -3_599.0]  # the clock was
    assert spoken([0.0] * (AT_ONCE + 5) + set_back) == [0] * AT_ONCE + [5, 0]


def test_one_place_leaves_others_their_say() -> None:
    sparing = Sparing()
    for _ in range(AT_ONCE + 1):
        sparing.filter(logging.makeLogRecord({"created": 0.0, "lineno": 1}))
    assert sparing.filter(logging.makeLogRecord({"created": 0.0, "lineno": 2}))
