"""Gained and lost by day, per tweet and per user, in PostgreSQL."""

from projections.analytics.questions import Analytics
from projections.analytics.writes import AnalyticsView

__all__ = ["Analytics", "AnalyticsView"]
