"""Counting by day."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from schemas.events import Event


def day_of(event: Event) -> date | None:
    """In UTC; None for a time beyond the year 9999, which no view can apply."""
    try:
        return datetime.fromtimestamp(event.at / 1000, UTC).date()
    except (OverflowError, ValueError, OSError):
        return None


class Days:
    """What was gained and lost of each measure, by day in UTC."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int, str, date | None, str]] = Counter()
        self._authors: dict[int, int] = {}

    def of_tweet(self, event: Event, tweet: int, author: int, measure: str, gained: bool) -> None:
        """Counts for the author as well."""
        self._authors.setdefault(tweet, author)
        self._count("tweet", event, tweet, measure, gained)
        self.of_user(event, author, measure, gained)

    def of_user(self, event: Event, user: int, measure: str, gained: bool) -> None:
        self._count("user", event, user, measure, gained)

    def _count(self, kind: str, event: Event, of: int, measure: str, gained: bool) -> None:
        change = "gained" if gained else "lost"
        self._counts[kind, of, measure, day_of(event), change] += 1

    def rows(self) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for (kind, of, measure, day, change), count in self._counts.items():
            row = rows.setdefault(
                f"{measure} of {kind} {of} on {day}",
                {"gained": 0, "lost": 0}
                | ({"author": self._authors[of]} if kind == "tweet" else {}),
            )
            row[change] = count
        return rows
