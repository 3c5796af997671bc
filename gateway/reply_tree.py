"""Replies in an order, each followed by the first of its own."""

import asyncio
import base64
import binascii
from typing import NamedTuple

from gateway.parameters import place_of, token_after
from gateway.problems import invalid
from projections.replies import ReplyStore
from projections.replies.reads import TOP, Place
from schemas.ids import MAX_ID
from schemas.tweets import Tweet

ANSWERS = 3
"""So many of a reply's own replies stand below it; `/replies` of that reply has them all."""


class Listed(NamedTuple):
    """A reply and the token of a page that begins after it."""

    reply: Tweet
    token: str


class Branches(NamedTuple):
    tweets: list[Tweet]
    next_token: str | None


class ReplyTree:
    """Of replies with ids lower than `before`, if that is given."""

    def __init__(self, store: ReplyStore, *, by_likes: bool, before: int | None = None) -> None:
        self._store = store
        self._end = MAX_ID if before is None else before
        self._list = self._most_liked if by_likes else self._newest

    async def page(self, tweet: Tweet, *, hidden: bool, token: str | None, limit: int) -> Branches:
        """At most `limit` tweets, cut between direct replies to `tweet` if that is possible.

        Raises a 400 `Problem` for a token of another order.
        """
        listed = await self._list(tweet, hidden, token, limit + 1)
        answered = await self._store.answered(reply.tweet_id for reply, _ in listed)
        first = [reply for reply, _ in listed if reply.tweet_id in answered]
        lists = await asyncio.gather(*(self._list(reply, False, None, ANSWERS) for reply in first))
        below = {reply.tweet_id: found for reply, found in zip(first, lists, strict=True)}
        tweets: list[Tweet] = []
        used = 0
        while len(tweets) < limit and used < len(listed):
            reply = listed[used].reply
            tweets += [reply, *(answer.reply for answer in below.get(reply.tweet_id, ()))]
            used += 1
        return Branches(tweets[:limit], listed[used - 1].token if used < len(listed) else None)

    async def _newest(
        self, tweet: Tweet, hidden: bool, token: str | None, limit: int
    ) -> list[Listed]:
        before = min(place_of(token), self._end)
        found = await self._store.newest(tweet, hidden=hidden, before=before, limit=limit)
        return [Listed(reply, token_after(reply.tweet_id)) for reply in found]

    async def _most_liked(
        self, tweet: Tweet, hidden: bool, token: str | None, limit: int
    ) -> list[Listed]:
        below = TOP if token is None else place_in(token)
        found = await self._store.most_liked(tweet, hidden=hidden, below=below, limit=limit)
        return [Listed(reply, token_below(place)) for reply, place in found]


def token_below(place: Place) -> str:
    packed = place.likes.to_bytes(8) + place.tweet_id.to_bytes(8)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place_in(token: str) -> Place:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    try:
        packed = base64.b64decode(token + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        packed = b""
    place = Place(int.from_bytes(packed[:8]), int.from_bytes(packed[8:]))
    if len(packed) != 16 or place > TOP or place.tweet_id > TOP.tweet_id:
        raise invalid(f"pagination_token: {token!r} is none of this order")
    return place
