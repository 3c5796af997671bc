"""What is said of a topic whose repartition breaks off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from schemas.explained import Explained

Where = Literal["as it was", "closed", "gone on", "followed"]


class Standing:
    """Where the topic stands: to be noted before it may be in another place."""

    def __init__(self, topic: str, count: int, *, forget: bool = False) -> None:
        self.where: Where = "as it was"
        self._topic = topic
        self._count = count
        self._forget = " --forget" if forget else ""

    def opened(self) -> None:
        self.where = "as it was"

    def said(self) -> str:
        again = f"./birdlog repartition {self._topic} {self._count}{self._forget}"
        match self.where:
            case "as it was" if self._forget:
                return f"{self._topic} is as it was: run {again} to begin anew"
            case "as it was":
                return (
                    f"{self._topic} is as it was: run {again} to go on with what was begun, or add"
                    " --restart to begin anew"
                )
            case "closed":
                return (
                    f"{self._topic} may be closed: writes to it are answered 503 until you run"
                    f" {again}"
                )
            case "gone on":
                return (
                    f"{self._topic} has {self._count} partitions now, but views that read it may"
                    f" be yet to follow, and show nothing newer until you run {again}"
                )
            case "followed":
                and_empty = ", and to empty what it was copied from" if self._forget else ""
                return (
                    f"{self._topic} has {self._count} partitions now, and views read it there: run"
                    f" {again} to look once more for records that came late, and to remove what was"
                    f" read before{and_empty}"
                )


@contextmanager
def told(standing: Standing, tell: Callable[[str], None]) -> Iterator[None]:
    """Tells at once, and so also where an interruption comes again and again, where the topic
    stands when the block breaks off. Where nothing has changed, what explains itself is enough."""
    try:
        yield
    except Explained:
        if standing.where != "as it was":
            tell(standing.said())
        raise
    except BaseException:
        tell(standing.said())
        raise
