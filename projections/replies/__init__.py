"""The reply store: every reply with every version, in MongoDB, in the order of its conversation."""

from projections.replies.reads import ReplyStore
from projections.replies.writes import RepliesView

__all__ = ["RepliesView", "ReplyStore"]
