"""Telling a history, event by event."""

from typing import Any

from schemas.events import Event, ReplyPosted, TweetPosted, TweetRetweeted
from schemas.ids import first_id_at

_FIRST_ID = first_id_at(1_700_000_000_000)

Round = list[Event]
Tweet = tuple[int, int]
"""A tweet or reply, and its author."""


class Story:
    """Rounds of events, each of which comes to the views as one batch a partition."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._id = _FIRST_ID
        self.rounds: list[Round] = [[]]

    def tell(self, kind: type[Event], actor: int, own: str = "", **facts: Any) -> int:
        """The event's id, which is also that of what it makes: the field named `own`."""
        self._id += 1
        named = {own: self._id} if own else {}
        self.rounds[-1].append(
            kind(event_id=self._id, at=self._at, actor=actor, request_id="t", **named, **facts)
        )
        return self._id

    def again(self) -> None:
        """The last event once more, as after an append that was retried."""
        self.rounds[-1].append(self.rounds[-1][-1])

    def turn(self) -> None:
        self.rounds.append([])

    def post(self, actor: int, text: str, **facts: Any) -> Tweet:
        return self.tell(TweetPosted, actor, "tweet_id", text=text, lang="en", **facts), actor

    def reply(self, actor: int, text: str, root: Tweet, parent: Tweet, **facts: Any) -> Tweet:
        reply = self.tell(
            ReplyPosted, actor, "tweet_id", text=text, lang="en", root=root[0],
            root_author=root[1], parent=parent[0], parent_author=parent[1], **facts,
        )  # fmt: skip
        return reply, actor

    def edit(self, kind: type[Event], actor: int, tweet: Tweet, text: str, **facts: Any) -> None:
        self.tell(kind, actor, "version_id", tweet_id=tweet[0], text=text, lang="en", **facts)

    def mark(self, kind: type[Event], actor: int, tweet: Tweet, **facts: Any) -> None:
        self.tell(kind, actor, tweet_id=tweet[0], author=tweet[1], **facts)

    def retweet(self, actor: int, tweet: Tweet) -> int:
        return self.tell(TweetRetweeted, actor, "retweet_id", tweet_id=tweet[0], author=tweet[1])
