"""The collections of one generation of the reply store.

Beside those of every store of texts there is `answered`: {_id: reply}, of the replies that were
ever answered. So a page of replies looks for answers only where there are some.
"""

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.mongo import Collection, Database, Indexed
from projections.texts import Collections

_ANSWERS = [
    ("root.id", ASCENDING),
    ("parent.id", ASCENDING),
    ("deleted", ASCENDING),
    ("hidden", ASCENDING),
]
INDEXES = [
    IndexModel([*_ANSWERS, ("_id", DESCENDING)], name="newest_first"),
    IndexModel([*_ANSWERS, ("likes", DESCENDING), ("_id", DESCENDING)], name="most_liked_first"),
]


class ReplyCollections(Collections):
    def __init__(self, database: Database, generation: int) -> None:
        super().__init__(database, "replies", generation, INDEXES)
        self.answered: Collection = database[f"{self.texts.name}_answered"]
        self.data.append(Indexed(self.answered))
