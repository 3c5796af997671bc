"""Who follows, asks to follow, blocks and mutes whom, in PostgreSQL."""

from projections.graph.pages import Follow
from projections.graph.reads import Counts, Graph, GraphBehind, Silenced
from projections.graph.relations import Edge
from projections.graph.writes import GraphView

__all__ = ["Counts", "Edge", "Follow", "Graph", "GraphBehind", "GraphView", "Silenced"]
