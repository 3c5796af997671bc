"""Who follows whom, in PostgreSQL."""

from projections.graph.reads import Graph
from projections.graph.writes import GraphView

__all__ = ["Graph", "GraphView"]
