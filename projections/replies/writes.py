"""Writing the reply store."""

from bson.int64 import Int64

from projections.counters import Counters
from projections.counters.waiting import CountersBehind
from projections.mongo import TRANSIENT, Database, Document, insert_new
from projections.replies.collections import ReplyCollections
from projections.replies.likes import Likes, fields_of
from projections.texts import TextsView
from projections.texts.changes import Change, hidden
from projections.view import Batch, Recorded
from schemas.events import ReplyHidden, ReplyPosted
from schemas.topics import REACTIONS, REPLIES


class RepliesView(TextsView):
    name = "replies"
    topics = (REACTIONS, REPLIES)  # so that what is built is written with its likes
    transient = (*TRANSIENT, CountersBehind)

    def __init__(self, database: Database, generation: int, counters: Counters) -> None:
        collections = ReplyCollections(database, generation)
        super().__init__(collections)
        self._answered = collections.answered
        self._likes = Likes(collections.texts, counters)

    async def _write(self, batch: Batch) -> None:
        """With what was counted already, so that most need no update after they are there."""
        known = await self._likes.known(batch)
        fields = {reply: fields_of(counts) for reply, counts in known.counts.items()}
        there = await self._store(batch, fields)
        posted = [event for _, event in batch.events if isinstance(event, ReplyPosted)]
        answered = {event.parent for event in posted if event.parent != event.root}
        await insert_new(self._answered, [{"_id": Int64(reply)} for reply in answered])
        await self._likes.follow(batch, known, there, self._collections.checkpoints.all)

    def _row(self, document: Document) -> bytes:
        return super()._row({k: v for k, v in document.items() if k != "likes_as_of"})

    def _changes(self, recorded: Recorded) -> list[Change]:
        match recorded.event:
            case ReplyHidden() as event:
                return [hidden(event, recorded.offset)]
            case _:
                return []
