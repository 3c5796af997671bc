"""What is wrong with a query, and where."""


class QueryRejected(ValueError):
    """`column` counts characters from 1; one past the end means that something is missing there."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.message = message
        self.column = column


def pointed(query: str, rejected: QueryRejected) -> str:
    """The query with a caret below the place."""
    return f"{' '.join(query.split(chr(10)))}\n{' ' * (rejected.column - 1)}^"
