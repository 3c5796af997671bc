"""Author and home timelines, in Redis, by fan-out on write."""

from projections.timelines.reads import Timelines
from projections.timelines.writes import TimelinesView

__all__ = ["Timelines", "TimelinesView"]
