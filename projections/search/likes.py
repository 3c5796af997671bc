"""How often each tweet is liked, copied from the counters so that queries can ask for it.

Why none is missed: `projections/counters/waiting.py`.
"""

from collections.abc import Collection, Mapping, Set

from projections.counters import Counters
from projections.counters.waiting import Known, counted, first_look, followed, marked, unmoved
from projections.elasticsearch import CONFLICTS, Document, bulk, refreshed
from projections.search.indexes import Indexes
from projections.search.lines import encode_lines
from projections.search.operations import EXPECTED
from projections.view import Batch
from schemas.topics import REACTIONS

_COPY = """
if (ctx._source.deleted == true || ctx._source.likes_as_of >= params.as_of) { ctx.op = 'none' }
else { ctx._source.likes = params.likes; ctx._source.likes_as_of = params.as_of }
"""


class Likes:
    def __init__(self, indexes: Indexes, counters: Counters) -> None:
        self._indexes = indexes
        self._counters = counters

    async def known(self, batch: Batch) -> Known:
        """What was counted of the tweets of the batch, which may be less than `follow` needs."""
        return await first_look(self._counters, batch)

    async def follow(self, batch: Batch, known: Known, refused: Set[str]) -> None:
        """`known` is in the tweets already, but for those that were `refused`.

        Raises `CountersBehind` when the counters do not have the batch in time, or lack some of
        the marks that were followed before its tweets were there."""
        reacted_to = marked(batch)
        if not reacted_to and not known.counts:
            return
        needed = followed(batch, await self._indexes.checkpoints.of(REACTIONS.name))
        if not reacted_to and not refused and await unmoved(self._counters, known, needed):
            return
        shown = {t: c.as_of for t, c in known.counts.items() if str(t) not in refused}
        async with counted(self._counters, needed) as stands:
            if reacted_to:
                await self._copy(reacted_to, await self._found(reacted_to))
            moved = stands != known.stood
            await self._copy(known.counts if moved else known.counts.keys() - shown.keys(), shown)

    async def _found(self, tweets: Collection[int]) -> dict[int, int]:
        """As of when queries find the counts that they find. It only rises, so who is at least
        there needs no update, which costs as much where it changes nothing."""
        names = [str(tweet) for tweet in tweets]
        found = await refreshed(self._indexes.client, self._indexes.tweets, names, "likes_as_of")
        return {int(name): shown.get("likes_as_of", 0) for name, shown in found.items()}

    async def _copy(self, tweets: Collection[int], shown: Mapping[int, int]) -> None:
        """Never over a count that is newer, and none to a tweet that is not there yet.

        `shown` says as of when counts are there at least.
        """
        lines: list[Document] = []
        for tweet, counts in (await self._counters.reactions(tweets)).items():
            if counts.as_of > shown.get(tweet, 0):
                params = {"likes": counts.likes, "as_of": counts.as_of}
                action: Document = {
                    "update": {
                        "_index": self._indexes.tweets,
                        "_id": str(tweet),
                        "retry_on_conflict": CONFLICTS,
                    }
                }
                script = {"script": {"source": _COPY, "params": params}}
                lines += (action, script)
        await bulk(self._indexes.client, encode_lines(lines), expected=EXPECTED)
