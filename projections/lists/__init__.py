"""Lists of users, who is on them, and who follows or has pinned them, in PostgreSQL."""

from projections.lists.changes import MAX_MEMBERS
from projections.lists.reads import Lists, Look, Membership
from projections.lists.state import ListRow
from projections.lists.writes import ListsView

__all__ = ["MAX_MEMBERS", "ListRow", "Lists", "ListsView", "Look", "Membership"]
