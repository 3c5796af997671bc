"""What is said of records that a view could never apply."""

from typing import Literal

from msgspec import Struct

Settlement = Literal["applied", "dropped"]


class DeadLetter(Struct, frozen=True):
    """That a view set a record aside; or, with `settled`, what became of that later.

    `position` is the record's place in the log and `value` the beginning
    of the record, as text: all of it, if it is one of ours. `at` is in
    milliseconds since the Unix epoch, 0 in letters from before it was noted.
    """

    view: str
    position: str
    reason: str = ""
    value: str = ""
    at: int = 0
    settled: Settlement | None = None

    @property
    def letter(self) -> str:
        """The letter's id: the same however often the view sets the record aside."""
        return f"{self.view}@{self.position}"
