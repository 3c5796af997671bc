"""Reading the tweet store."""

from projections.mongo import Database
from projections.texts import Collections, TextStore
from schemas.topics import TWEETS


class TweetStore(TextStore):
    topics = (TWEETS.name,)

    def __init__(self, database: Database, generation: int) -> None:
        super().__init__(Collections(database, "tweets", generation))
