"""All that birdlog holds on a person, for that person."""

from streams.export.archive import write
from streams.export.gathering import gather

__all__ = ["gather", "write"]
