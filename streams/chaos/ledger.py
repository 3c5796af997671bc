"""What was answered to every command."""

from collections import Counter
from enum import Enum

from msgspec import Struct

PREFIX = "chaos"


class Outcome(Enum):
    """A refused command was not done. One without an answer, or with a 5xx one, may have been."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Attempt(Struct, frozen=True):
    """`status` 0: no answer came. `position`: where the gateway says that the event is."""

    status: int
    position: str = ""


class Entry(Struct, frozen=True):
    """A command with its answers. Its id is the request id that its event has on the log."""

    command: str
    kind: str
    attempts: tuple[Attempt, ...]

    @property
    def outcome(self) -> Outcome:
        if any(200 <= attempt.status < 300 for attempt in self.attempts):
            return Outcome.ACKNOWLEDGED
        if all(400 <= attempt.status < 500 for attempt in self.attempts):
            return Outcome.REFUSED
        return Outcome.UNKNOWN

    @property
    def positions(self) -> list[str]:
        return [attempt.position for attempt in self.attempts if attempt.position]


class Ledger:
    """Every command that was sent, and the statuses of all answers, reads too."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.statuses: Counter[int] = Counter()

    def enter(self, entry: Entry) -> None:
        self.entries[entry.command] = entry

    def counts(self) -> dict[str, Counter[Outcome]]:
        """How many of each kind came to what."""
        found: dict[str, Counter[Outcome]] = {}
        for entry in self.entries.values():
            found.setdefault(entry.kind, Counter())[entry.outcome] += 1
        return found
