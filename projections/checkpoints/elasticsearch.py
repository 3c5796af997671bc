"""Checkpoints in Elasticsearch."""

from collections.abc import Mapping, Sequence

from events.clock import now_us
from events.positions import Partition
from projections.elasticsearch import Document, Elasticsearch, documents, update
from projections.view import CheckpointBehind

BEGIN = """
if (ctx._source.containsKey(params.number)) { ctx.op = 'none' }
else {
  ctx._source[params.number] = 0L;
  if (ctx._source.since == null) { ctx._source.since = new HashMap() }
  ctx._source.since[params.number] = params.now;
}
"""
ADVANCE = """
long stored = ctx._source.containsKey(params.number) ? ctx._source[params.number] : -1L;
def held = ctx._source.since == null ? null : ctx._source.since[params.number];
boolean same = (held == null ? 0L : ((Number) held).longValue()) == params.since;
if (same && stored >= params.start && stored < params.next) {
  ctx._source[params.number] = params.next
}
else { ctx.op = 'none' }
"""


class Checkpoints:
    """A view's checkpoints: a document a topic, with a field a partition, and under `since` since
    when each is held, in us."""

    def __init__(
        self, client: Elasticsearch, index: str, topics: Sequence[str], of: Sequence[str]
    ) -> None:
        """`of` are the indexes that hold what the checkpoints say."""
        self._client = client
        self._index = index
        self._topics = topics
        self._of = of

    async def all(self) -> dict[Partition, int]:
        """Raises `SearchAway` when one of the indexes is lost: nothing may come that tells it."""
        return _offsets(await documents(self._client, self._index, self._topics, beside=self._of))

    async def of(self, topic: str) -> dict[Partition, int]:
        """The same of one topic, for who sees by what else he does whether an index is lost."""
        return _offsets(await documents(self._client, self._index, [topic]))

    async def begin(self, partition: Partition, start: int) -> int:
        """Since when the index has held the partition, in us; 0 where it does not say.

        To be called before a batch is written: an index that is lost meanwhile is seen then.
        Without it, one that has never held anything and one that has just lost it look the same.
        Raises `CheckpointBehind`.
        """
        number = str(partition.number)
        if start == 0:
            now = now_us()
            params = {"number": number, "now": now}
            found = await self._update(
                partition, BEGIN, params, {number: 0, "since": {number: now}}
            )
        else:
            known = await documents(self._client, self._index, [partition.topic])
            found = known.get(partition.topic, {})
        if found.get(number, -1) < start:
            raise CheckpointBehind(partition, found.get(number, 0))
        return _since(found, number)

    async def advance(self, partition: Partition, start: int, next_offset: int, since: int) -> None:
        """Moves on to `next_offset`, never back. Raises `CheckpointBehind`."""
        number = str(partition.number)
        params = {"number": number, "start": start, "next": next_offset, "since": since}
        stored = await self._update(partition, ADVANCE, params, {})
        if stored.get(number, -1) < start or _since(stored, number) != since:
            raise CheckpointBehind(partition, stored.get(number, 0))

    async def _update(
        self, partition: Partition, source: str, params: Document, first: Document
    ) -> Document:
        script: Document = {"source": source, "params": params}
        return await update(self._client, self._index, partition.topic, script, first)


def _offsets(found: Mapping[str, Document]) -> dict[Partition, int]:
    return {
        Partition(topic, int(number)): next_offset
        for topic, offsets in found.items()
        for number, next_offset in offsets.items()
        if number != "since"
    }


def _since(found: Document, number: str) -> int:
    return int(found.get("since", {}).get(number, 0))
