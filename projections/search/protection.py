"""Whose tweets are not for everybody: one document, which every query looks up as it runs.

So a tweet needs no mark of its own, and none can be wrong for a moment.
"""

from collections.abc import AsyncIterator

from msgspec import Struct

from projections.elasticsearch import Document, documents, update
from projections.search.indexes import PROTECTED, Indexes
from projections.view import Batch
from schemas.events import ProfileChanged

_PROTECT = """
boolean changed = false;
for (one in params.users) {
  def seen = ctx._source.seen[one.user];
  if (seen == null ? one.protected : seen < one.offset) {
    changed = true;
    ctx._source.seen[one.user] = one.offset;
    if (seen != null) { ctx._source.ids.removeIf(id -> id == one.user) }
    if (one.protected) { ctx._source.ids.add(one.user) }
  }
}
if (!changed) { ctx.op = 'none' }
"""


class Said(Struct, frozen=True):
    """What is remembered of one user, and the offset of the event that said so last."""

    user: str
    protected: bool
    offset: int | None


async def protect(indexes: Indexes, batch: Batch) -> None:
    """A profile that was never protected is not remembered. Whoever was erased stays as they were:
    some of their tweets may be there still."""
    users = [
        {"user": str(event.user_id), "offset": offset, "protected": event.protected}
        for offset, event in batch.events
        if isinstance(event, ProfileChanged)
    ]
    if users:
        script: Document = {"source": _PROTECT, "params": {"users": users}}
        nobody: Document = {"ids": [], "seen": {}}
        await update(indexes.client, indexes.state, PROTECTED, script, nobody, scripted=True)


async def remembered(indexes: Indexes) -> AsyncIterator[Said]:
    """Of every user, once."""
    found = (await documents(indexes.client, indexes.state, [PROTECTED])).get(PROTECTED, {})
    protected, seen = set(found.get("ids", ())), found.get("seen", {})
    for user in {*protected, *seen}:
        yield Said(user, user in protected, seen.get(user))
