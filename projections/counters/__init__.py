"""What users do to tweets, and how often: marks and counts in MongoDB, the hot ones in Redis."""

from projections.counters.counts import Counts
from projections.counters.flags import Flags
from projections.counters.reads import Counters
from projections.counters.sources import Marked
from projections.counters.writes import CountersView

__all__ = ["Counters", "CountersView", "Counts", "Flags", "Marked"]
