"""Writing the tweet store."""

from projections.mongo import Database
from projections.texts import Collections, TextsView
from schemas.topics import TWEETS


class TweetsView(TextsView):
    name = "tweets"
    topics = (TWEETS,)

    def __init__(self, database: Database, generation: int) -> None:
        super().__init__(Collections(database, self.name, generation))
