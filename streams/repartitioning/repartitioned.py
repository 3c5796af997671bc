"""What came of a repartition."""

from msgspec import Struct


class Repartitioned(Struct, frozen=True):
    """`copied` counts the records that this run copied, `refused_seconds` how long no event of the
    topic was accepted. `views` are those that were to follow, or of which one of before was kept,
    by name at their generations. `emptied` are records of closed generations that were removed."""

    topic: str
    generation: int
    partitions: int
    copied: int
    seconds: float
    refused_seconds: float
    views: dict[str, int]
    emptied: int = 0
