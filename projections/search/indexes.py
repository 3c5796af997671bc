"""The indexes of one generation.

`tweets`  tweets, replies and retweets by id, as `documents.py` says.
`users`   by id, {id, username, words}: the words of the user name and of the name, all folded; {}
          of whoever was erased.
`state`   the checkpoints, and the document `protected`: {ids: whose tweets are not for everybody,
          seen: by user, the offset of the event that said so last}.

Text comes as words with a space between them, and is cut at these: what a word is, is decided in
`schemas/search/words.py` alone.
"""

from typing import Any

from projections.checkpoints.elasticsearch import Checkpoints
from projections.elasticsearch import (
    Document,
    Elasticsearch,
    SearchAway,
    adjust,
    create,
    drop,
    exist,
    identities,
    note,
    noted,
)
from schemas.topics import REACTIONS, REPLIES, RETWEETS, TWEETS, USERS

TOPICS = (REACTIONS, TWEETS, REPLIES, RETWEETS, USERS)
"""Reactions first: what is built after them is written with its likes, and needs no update."""

PROTECTED = "protected"

SETTINGS: Document = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "500ms",
}
"""One shard holds some 10^8 tweets; more machines want more shards, and a rebuild makes them."""

MAX_TERMS = 2**18
"""Every query names all who may not be seen: so many protected accounts, or blocks around one user,
are taken. With a million of them, Elasticsearch ran out of memory."""

_KEYWORD = {"type": "keyword"}
_WORDS = {"type": "text", "analyzer": "whitespace"}

TWEET_FIELDS: dict[str, Any] = {
    "id": {"type": "long"},
    "at": {"type": "date", "format": "epoch_millis", "index": False},
    "author": _KEYWORD,
    "text": _WORDS,
    "hashtags": _KEYWORD,
    "cashtags": _KEYWORD,
    "mentions": _KEYWORD,
    "urls": {**_WORDS, "norms": False},
    "lang": _KEYWORD,
    "conversation": _KEYWORD,
    "parent": _KEYWORD,
    "parent_author": _KEYWORD,
    "quote_of": _KEYWORD,
    "retweet_of": _KEYWORD,
    "retweeted_author": _KEYWORD,
    "held": _KEYWORD,
    "kinds": _KEYWORD,
    "likes": {"type": "long"},
    "likes_as_of": {"type": "long", "index": False, "doc_values": False},
    "version": {"type": "long", "index": False, "doc_values": False},
    "media": {"type": "keyword", "index": False, "doc_values": False},
    "deleted": {"type": "boolean", "index": False, "doc_values": False},
}
USER_FIELDS: dict[str, Any] = {
    "id": {"type": "long"},
    "username": _KEYWORD,
    "words": _KEYWORD,
}


class Indexes:
    def __init__(self, client: Elasticsearch, generation: int) -> None:
        self.client = client
        self.tweets = f"search-tweets-g{generation}"
        self.users = f"search-users-g{generation}"
        self.state = f"search-state-g{generation}"
        self.checkpoints = Checkpoints(
            client, self.state, [topic.name for topic in TOPICS], [self.tweets, self.users]
        )

    async def create(self) -> None:
        """Where one of them was lost, the checkpoints go first, so that all is read again.

        They say which indexes they are of: who creates one here may be so slow that it was created,
        filled and lost by others meanwhile. Those of an older version do not, and are told.
        """
        if not await exist(self.client, self.tweets, self.users):
            await drop(self.client, self.state)
            for index, fields in ((self.tweets, TWEET_FIELDS), (self.users, USER_FIELDS)):
                mappings = {"dynamic": "strict", "properties": fields}
                await create(self.client, index, {"settings": SETTINGS, "mappings": mappings})
        await adjust(self.client, self.tweets, {"max_terms_count": MAX_TERMS})
        of = await self._of()
        held = await noted(self.client, self.state)
        if held == {}:
            await note(self.client, self.state, of)
        elif held not in (None, of):
            await drop(self.client, self.state)
        state = {"settings": SETTINGS, "mappings": {"enabled": False, "_meta": of}}
        await create(self.client, self.state, state)

    async def require(self) -> None:
        """Raises `SearchAway` when the checkpoints are of indexes that were lost."""
        if await noted(self.client, self.state) not in (None, await self._of()):
            raise SearchAway("the checkpoints are of an index that was lost")

    async def _of(self) -> Document:
        return {"of": await identities(self.client, self.tweets, self.users)}

    async def drop(self) -> None:
        await drop(self.client, self.state, self.users, self.tweets)
