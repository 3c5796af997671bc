"""What is wrong with a query, and where."""

SHOWN = 40
"""So many characters of what is wrong are repeated."""


class QueryRejected(ValueError):
    """`column` counts characters from 1; one past the end means that something is missing there."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.message = message
        self.column = column


AROUND = 30
"""Characters shown on either side of the place."""


def pointed(query: str, rejected: QueryRejected) -> str:
    """The query, or what of it is near the place, with a caret below that."""
    place = rejected.column - 1
    start, end = max(0, place - AROUND), place + AROUND
    before, after = "…" if start else "", "…" if end < len(query) else ""
    shown = " ".join(query[start:end].split(chr(10)))
    return f"{before}{shown}{after}\n{' ' * (len(before) + place - start)}^"
