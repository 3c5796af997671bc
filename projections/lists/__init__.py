"""Lists of users and who is on them, in PostgreSQL."""

from projections.lists.changes import MAX_MEMBERS, ListRow
from projections.lists.reads import Lists, Membership
from projections.lists.writes import ListsView

__all__ = ["MAX_MEMBERS", "ListRow", "Lists", "ListsView", "Membership"]
