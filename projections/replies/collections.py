"""The collections of one generation of the reply store."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.mongo import Database
from projections.texts import Collections

_ANSWERS = [
    ("root.id", ASCENDING),
    ("parent.id", ASCENDING),
    ("deleted", ASCENDING),
    ("hidden", ASCENDING),
]
INDEXES = [IndexModel([*_ANSWERS, ("_id", DESCENDING)], name="newest_first")]


def collections_of(database: Database, generation: int) -> Collections:
    return Collections(database, "replies", generation, INDEXES)
