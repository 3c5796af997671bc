"""From the entries of a timeline to a page of it."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from operator import neg
from typing import NamedTuple

from aiohttp import web
from msgspec import Struct

from gateway.answers import reached_beside, tweets_page
from gateway.beside import Known
from gateway.cursors import Start, neighbours, start_of
from gateway.hydration import hydrated
from gateway.parameters import id_of, time_ms
from gateway.requests import user_of
from gateway.showings import cut, first_showings, standing_again
from gateway.state import Gateway, gateway_of
from gateway.time_travel import all_as_then
from gateway.visibility import authors_of, visible
from gateway.wanted import Wanted
from projections.timelines import CAP, Entries
from schemas.api.timelines import MentionsQuery
from schemas.ids import MAX_ID, first_id_at
from schemas.tweets import Tweet

SPARE = 2
"""Entries read beyond the page, so that a deleted tweet seldom costs another trip."""

TRIPS = 64
"""After so many a page may be short and the next one follows it: of a million quotes there may be
nothing to show, because they were deleted or their author may not be seen."""

LOOK_BACK = 40
"""A tweet is shown once among so many older entries, however often it was retweeted."""


class Stretch(NamedTuple):
    """Entries, newest first, and whom the viewer has muted or blocked or was blocked by.

    Without `silenced` that is not known. `seen`: the viewer may see the authors of the entries.
    """

    entries: Entries
    silenced: frozenset[int] | None = None
    seen: bool = True


Source = Callable[[int, int], Awaitable[Stretch]]
"""Entries lower than the first argument, newest first, as many as the second unless they end."""


class Window(Struct, frozen=True):
    """Tweets with ids in [oldest, before); the pages before this one began below `earlier`."""

    oldest: int
    before: int
    earlier: tuple[int, ...] = ()


def window_of(parameters: MentionsQuery, then: int | None = None) -> Window:
    """Of what was made by ids lower than `then`, if that is given."""
    oldest = 0
    before, earlier = start_of(parameters.pagination_token)
    if then is not None:
        before = min(before, then)
    if parameters.since_id is not None:
        oldest = id_of(parameters.since_id, "since_id") + 1
    if parameters.until_id is not None:
        before = min(before, id_of(parameters.until_id, "until_id"))
    if parameters.start_time is not None:
        oldest = max(oldest, first_id_at(time_ms(parameters.start_time, "start_time")))
    if parameters.end_time is not None:
        before = min(before, first_id_at(time_ms(parameters.end_time, "end_time")), MAX_ID)
    return Window(oldest, before, earlier)


async def feed_page(
    request: web.Request,
    source: Source,
    window: Window,
    wanted: Wanted,
    limit: int,
    *,
    look_back: int = 0,
    keep: Callable[[Tweet], bool] | None = None,
) -> web.Response:
    """The newest of the window that the user who asks may see; few, where little may be seen.

    With `look_back`, without those that stand among so many next-older entries already; with
    `keep`, of those that it says yes to.
    """
    gateway, viewer = gateway_of(request), user_of(request)
    tweets: list[Tweet] = []
    await reached_beside(request, wanted)
    known = Known()
    before, start, trips = window.before, 0, 0
    size = limit + 1 + SPARE + 2 * look_back
    below: int | None = None
    stretch = await source(before, size)
    while len(tweets) <= limit:
        asked = limit + 1 - len(tweets) + SPARE
        rest = stretch.entries.part(start)
        end = cut(rest.originals, asked, look_back)
        page = bisect_right(rest.tweet_ids, -window.oldest, hi=end, key=neg)
        again = standing_again(page, rest.originals)
        goes_on = len(stretch.entries) == size
        if goes_on and size < CAP and not _settled(again, rest, end, look_back):
            size = min(2 * size, CAP)
            if start:  # newer entries may have come, and moved all places
                before, start = stretch.entries.tweet_ids[start - 1], 0
            stretch = await source(before, size)
            continue
        places = [*range(page), *again]
        shown = await hydrated(gateway, viewer, rest.at(places), wanted.tweet, known)
        found = [tweet for tweet in shown.values() if keep is None or keep(tweet)]
        found = await all_as_then(gateway, found, wanted.before, known.originals)
        seen = await _seen(gateway, viewer, found, stretch)
        tweets += _kept(page, places, rest, seen, look_back)
        start += end
        trips += 1
        if page < end or (not goes_on and len(rest) == end):
            break
        if trips == TRIPS:
            below = rest.tweet_ids[end - 1]
            break
        if len(rest) == end:
            before, start = rest.tweet_ids[-1], 0
            stretch = await source(before, size)
    if len(tweets) > limit:
        below = tweets[limit - 1].tweet_id
    first = tweets[0].tweet_id if tweets else None
    tokens = neighbours(Start(window.before, window.earlier), first, below)
    repeated = {tweet.retweet_of.tweet_id for tweet in tweets if tweet.retweet_of}
    known.originals = {i: known.originals[i] for i in repeated & known.originals.keys()}
    return await tweets_page(request, tweets[:limit], wanted, *tokens, known=known)


def _settled(again: Sequence[int], entries: Entries, end: int, look_back: int) -> bool:
    """Whether nothing older than `entries` matters for which of those before `end` are shown:

    neither does it lie too near, nor may it keep one of those standing `again` from being shown.
    """
    doubtful = len(entries) - look_back
    if doubtful < end:
        return False
    return not any(entry.is_retweet for entry in entries.at(p for p in again if p >= doubtful))


async def _seen(
    gateway: Gateway, viewer: int, tweets: Collection[Tweet], stretch: Stretch
) -> dict[int, Tweet]:
    """By id, those whose authors, and whom they repeat, the viewer may and wants to see."""
    authors = {tweet.retweet_of.author for tweet in tweets if tweet.retweet_of}
    if not stretch.seen:
        authors |= {tweet.author for tweet in tweets}
    silenced = stretch.silenced
    unseen = authors & silenced if silenced else set()
    doubtful = authors - unseen - {viewer}
    if silenced is not None:
        doubtful &= await gateway.protection.among(doubtful)
    if doubtful:
        unseen |= doubtful - await visible(gateway, viewer, doubtful)
    if not unseen:
        return {tweet.tweet_id: tweet for tweet in tweets}
    return {t.tweet_id: t for t in tweets if unseen.isdisjoint(authors_of(t))}


def _kept(
    page: int, places: Sequence[int], entries: Entries, seen: Mapping[int, Tweet], look_back: int
) -> list[Tweet]:
    ids, originals = entries.tweet_ids, entries.originals
    there = [place for place in places if ids[place] in seen]
    shown = first_showings(there, [originals[place] for place in there], look_back)
    return [seen[ids[place]] for place in shown if place < page]
