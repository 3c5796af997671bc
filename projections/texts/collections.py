"""The collections of one generation of a store of texts, tweets or replies.

`texts`    as `documents.py` says.
`aliases`  {_id: version, tweet}, for the versions after the first.
`quotes`   {_id: text, of: what it quotes}, also of texts that are deleted.
"""

from collections.abc import Sequence

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.checkpoints.mongo import Checkpoints
from projections.mongo import Collection, Database, Indexed

BY_AUTHOR = IndexModel(
    [("author", ASCENDING), ("deleted", ASCENDING), ("_id", DESCENDING)], name="by_author"
)

BY_QUOTED = IndexModel([("of", ASCENDING), ("_id", DESCENDING)], name="by_quoted")


class Collections:
    def __init__(
        self, database: Database, view: str, generation: int, indexes: Sequence[IndexModel] = ()
    ) -> None:
        name = f"{view}_g{generation}"
        self.texts: Collection = database[name]
        self.aliases: Collection = database[f"{name}_aliases"]
        self.quotes: Collection = database[f"{name}_quotes"]
        self.data = [
            Indexed(self.texts, [BY_AUTHOR, *indexes]),
            Indexed(self.aliases),
            Indexed(self.quotes, [BY_QUOTED]),
        ]
        self._checkpoints: Collection = database[f"{name}_checkpoints"]
        self.checkpoints = Checkpoints(self._checkpoints, self.data)

    async def drop(self) -> None:
        for collection in (self._checkpoints, *(one.collection for one in self.data)):
            await collection.drop()
