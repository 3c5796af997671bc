"""Replies in an order, each followed by the first of its own."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from gateway.cursors import cursor_at, place_at, place_of, token_after
from gateway.filling import Filled, filled
from gateway.problems import invalid
from projections.replies import ReplyStore
from projections.replies.reads import TOP, Place, Placed
from schemas.ids import MAX_ID
from schemas.tweets import Tweet

ANSWERS = 3
"""So many of a reply's own replies stand below it; `/replies` of that reply has them all."""

Visible = Callable[[Sequence[Tweet]], Awaitable[Sequence[Tweet]]]
"""Those that whoever asks may see."""


class Branches(NamedTuple):
    tweets: list[Tweet]
    next_token: str | None


class ReplyTree:
    """Of the replies that are visible, with ids lower than `before`, if that is given."""

    def __init__(
        self, store: ReplyStore, visible: Visible, *, by_likes: bool, before: int | None = None
    ) -> None:
        self._store = store
        self._visible = visible
        self._by_likes = by_likes
        self._top = TOP if before is None else Place(MAX_ID, before)

    async def page(self, tweet: Tweet, *, hidden: bool, token: str | None, limit: int) -> Branches:
        """At most `limit` tweets: whole branches, or the beginning of one that is longer by itself.

        Raises a 400 `Problem` for a token of another order.
        """
        direct = await self._direct(tweet, hidden, self._start(token), limit)
        below = await self._answers([placed.reply for placed in direct.shown])
        branches = [
            [reply, *(answer.reply for answer in below.get(reply.tweet_id, ()))]
            for reply, _ in direct.shown
        ]
        used = fitting([len(branch) for branch in branches], limit)
        tweets = [tweet for branch in branches[:used] for tweet in branch][:limit]
        last = direct.shown[used - 1].place if used < len(branches) else direct.last
        return Branches(tweets, None if last is None else self._token(last))

    async def _direct(
        self, tweet: Tweet, hidden: bool, start: Place, limit: int
    ) -> Filled[Placed, Place]:
        async def read(below: Place, size: int) -> Sequence[Placed]:
            return await self._list(tweet, hidden, below, size)

        return await filled(read, self._seen, lambda placed: placed.place, start, limit)

    async def _answers(self, replies: Sequence[Tweet]) -> Mapping[int, Sequence[Placed]]:
        """By reply, the first of its own: of all together, who may see them is asked once."""
        answered = await self._store.answered(reply.tweet_id for reply in replies)
        first = [reply for reply in replies if reply.tweet_id in answered]
        lists = await asyncio.gather(
            *(self._list(reply, False, self._top, ANSWERS) for reply in first)
        )
        seen = set(await self._seen([placed for found in lists for placed in found]))

        async def left(reply: Tweet, found: Sequence[Placed]) -> Sequence[Placed]:
            if len(found) < ANSWERS or seen.issuperset(found):
                return [placed for placed in found if placed in seen]
            return (await self._direct(reply, False, self._top, ANSWERS)).shown

        shown = await asyncio.gather(*map(left, first, lists))
        return {reply.tweet_id: found for reply, found in zip(first, shown, strict=True)}

    async def _seen(self, found: Sequence[Placed]) -> list[Placed]:
        visible = await self._visible([placed.reply for placed in found])
        ids = {reply.tweet_id for reply in visible}
        return [placed for placed in found if placed.reply.tweet_id in ids]

    async def _list(self, tweet: Tweet, hidden: bool, below: Place, limit: int) -> list[Placed]:
        if self._by_likes:
            return await self._store.most_liked(tweet, hidden=hidden, below=below, limit=limit)
        found = await self._store.newest(tweet, hidden=hidden, before=below.tweet_id, limit=limit)
        return [Placed(reply, Place(MAX_ID, reply.tweet_id)) for reply in found]

    def _start(self, token: str | None) -> Place:
        if token is None:
            return self._top
        if self._by_likes:
            return place_in(token)
        return min(self._top, Place(MAX_ID, place_of(token)))

    def _token(self, place: Place) -> str:
        return cursor_at(place) if self._by_likes else token_after(place.tweet_id)


def fitting(lengths: Sequence[int], limit: int) -> int:
    """How many of the branches, from the first on, fit into a page; one even if it is too long."""
    return max(1, bisect_right(list(accumulate(lengths)), limit))


def place_in(token: str) -> Place:
    """Raises a 400 `Problem` for a token that is not one of this order."""
    place = place_at(token, Place)
    if not (0 <= place.likes <= MAX_ID and 0 <= place.tweet_id <= MAX_ID):
        raise invalid(f"pagination_token: {token!r} is none of this order")
    return place
