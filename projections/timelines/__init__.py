"""Author and home timelines, in Redis, by fan-out on write."""

from projections.timelines.entries import CAP, Entries
from projections.timelines.reads import Home, Timelines
from projections.timelines.writes import TimelinesView

__all__ = ["CAP", "Entries", "Home", "Timelines", "TimelinesView"]
