"""Logs for programs: one JSON object a line, with the id of the request that a line is about."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

AT_ONCE, SECONDS = 20, 10.0
"""So often one place in the code may speak within so long."""

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is being answered; empty outside of any."""

_media_key = re.compile(r"\b([0-9]{1,2}_[0-9]{4})[0-9]{8,}")


class JsonLines(logging.Formatter):
    """`at` in UTC, `level`, `logger`, `message`; `request_id` and `error`, a traceback, if any.
    `left_out` is how many lines from the same place were left out since the last one.

    What is not about the present request names others with `extra={"request_id": …}`, also a
    list. All that is not ASCII is escaped, so that a line cannot trouble a terminal. Of a media key
    only the beginning is there: it alone opens a photo, also one of a protected account.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _shortened(record.getMessage()),
        }
        if request_id := getattr(record, "request_id", "") or REQUEST.get():
            line["request_id"] = request_id
        if left_out := getattr(record, "left_out", 0):
            line["left_out"] = left_out
        if record.exc_info:
            line["error"] = _shortened(self.formatException(record.exc_info))
        return json.dumps(line)


def _shortened(text: str) -> str:
    return _media_key.sub(r"\1...", text)


class Sparing(logging.Filter):
    """Leaves out what one place in the code says too often.

    A client that has lost its broker says so a thousand times a second, and a full disk is one
    more outage.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], tuple[float, int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place = (record.pathname, record.lineno)
        since, said, left_out = self._said.get(place, (record.created, 0, 0))
        if not 0 <= record.created - since <= SECONDS:
            since, said = record.created, 0
        if said >= AT_ONCE:
            self._said[place] = since, said, left_out + 1
            return False
        record.left_out = left_out
        self._said[place] = since, said + 1, 0
        return True


def log_as_json() -> None:
    """From now on, all that is logged goes to standard error in this form."""
    handler = logging.StreamHandler()
    handler.addFilter(Sparing())
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for chatty in ("faust", "mode", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
