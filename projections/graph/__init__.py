"""Who follows whom, in PostgreSQL."""

from projections.graph.reads import Counts, Follow, Graph
from projections.graph.writes import GraphView

__all__ = ["Counts", "Follow", "Graph", "GraphView"]
