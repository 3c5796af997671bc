"""What others did that concerns a user, in PostgreSQL."""

from projections.notices.reads import Notice, Notices
from projections.notices.writes import NoticesView

__all__ = ["Notice", "Notices", "NoticesView"]
