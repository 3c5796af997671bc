"""Author and home timelines, in Redis, by fan-out on write."""

from projections.timelines.entries import CAP
from projections.timelines.reads import Home, Timelines
from projections.timelines.writes import TimelinesView

__all__ = ["CAP", "Home", "Timelines", "TimelinesView"]
