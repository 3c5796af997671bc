"""What others did that concerns the user who asks."""

from collections.abc import Mapping

from aiohttp import web
from msgspec import UNSET

from events.clock import now_ms
from gateway.answers import answer, counted, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import Wanted, id_in_path, id_of, place_of, token_after, wanted
from gateway.people import user_objects
from gateway.positions import reached
from gateway.render import tweet_objects
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.times import timestamp
from gateway.visibility import visible_tweets
from gateway.writing import of_type
from projections.notices import Notice
from schemas.api.answers import Answer, Includes
from schemas.api.notifications import (
    NotificationObject,
    NotificationsPage,
    NotificationsQuery,
    ReadMarker,
    ReadNotifications,
    UnreadCount,
)
from schemas.events import Event, NotificationsRead
from schemas.ids import time_of
from schemas.tweets import Tweet

endpoints = Endpoints()

PAGE = 20
SPARE = 5
"""Notices read beyond the page, so that a deleted tweet seldom costs another trip."""

TRIPS = 16
"""After so many a page may be short and the next one follows it: while the tweet store is filled
again, there may be nothing to show of a million notices."""


@endpoints.get("/2/users/{id}/notifications", answers=list[NotificationObject])
async def notifications(request: web.Request, asked: NotificationsQuery) -> web.Response:
    """What others did that concerns you, newest first, the likes of one tweet as one."""
    user = self_of(request, id_in_path(request, "id"))
    fields = wanted(asked)
    before = place_of(asked.pagination_token)
    gateway = gateway_of(request)
    readers = gateway.readers
    await reached(request, readers.notices, readers.graph, *gateway.tweets.views)
    await counted(request, fields)
    until = await readers.notices.read_until(user)
    silenced = await _silenced(gateway, user)
    limit = asked.max_results or PAGE
    tweets: dict[int, Tweet] = {}
    notices, below = await _collect(gateway, user, silenced, before, limit + 1, tweets)
    page = notices[:limit]
    if len(notices) > limit:
        below = page[-1].event_id
    meta = NotificationsPage(
        result_count=len(page),
        newest_id=str(page[0].event_id) if page else None,
        oldest_id=str(page[-1].event_id) if page else None,
        next_token=None if below is None else token_after(below),
        unread_count=await readers.notices.unread(user, after=until, silenced=silenced),
    )
    return answer(
        Answer(
            data=[_object(notice, until) for notice in page] or UNSET,
            includes=await _includes(gateway, user, page, tweets, fields) or UNSET,
            meta=meta,
        )
    )


@endpoints.get("/2/users/{id}/notifications/unread_count", answers=UnreadCount)
async def unread_count(request: web.Request) -> web.Response:
    """How many notifications you have not read, up to 100."""
    user = self_of(request, id_in_path(request, "id"))
    gateway = gateway_of(request)
    notices = gateway.readers.notices
    await reached(request, notices, gateway.readers.graph)
    until, silenced = await notices.read_until(user), await _silenced(gateway, user)
    unread = await notices.unread(user, after=until, silenced=silenced)
    return answer(Answer(data=UnreadCount(unread)))


@endpoints.post("/2/users/{id}/notifications/read", answers=ReadMarker)
async def read(request: web.Request, command: ReadNotifications) -> web.Response:
    """Say up to which notification you have read: at most all that there are by now."""
    user = self_of(request, id_in_path(request, "id"))
    until = id_of(command.until, "until")

    async def decide() -> Event:
        now = fact(request)
        return NotificationsRead(**now, until=min(until, now["event_id"]))

    published = await gateway_of(request).commands.publish(request, user, decide)
    event = of_type(published.event, NotificationsRead)
    return written(ReadMarker(read=True, until=str(event.until)), published.position)


async def _silenced(gateway: Gateway, user: int) -> frozenset[int]:
    """Of whom the user wants to hear nothing, or who want nothing to do with the user."""
    silenced = await gateway.readers.graph.silenced(user)
    return silenced.muted | silenced.blocked | silenced.blocked_by


async def _collect(
    gateway: Gateway,
    user: int,
    silenced: frozenset[int],
    before: int,
    limit: int,
    tweets: dict[int, Tweet],
) -> tuple[list[Notice], int | None]:
    """The newest notices that can be shown; their tweets are put into `tweets`.

    And where to go on, if that is before there are enough.
    """
    shown: list[Notice] = []
    for _ in range(TRIPS):
        asked = limit - len(shown) + SPARE
        found = await gateway.readers.notices.of(
            user, before=before, limit=asked, silenced=silenced
        )
        tweets |= await _tweets(gateway, user, found)
        shown += [notice for notice in found if _can_be_shown(notice, tweets)]
        if len(shown) >= limit or len(found) < asked:
            return shown[:limit], None
        before = found[-1].event_id
    return shown, before


async def _tweets(gateway: Gateway, user: int, notices: list[Notice]) -> dict[int, Tweet]:
    """Those of the notices' tweets that are there and that the user may see."""
    wanted_ids = {notice.tweet_id for notice in notices if notice.tweet_id is not None}
    found = await gateway.tweets.find(sorted(wanted_ids))
    there = [tweet for tweet in found.values() if tweet is not None]
    return {tweet.tweet_id: tweet for tweet in await visible_tweets(gateway, user, there)}


def _can_be_shown(notice: Notice, tweets: Mapping[int, Tweet]) -> bool:
    return notice.tweet_id is None or notice.tweet_id in tweets


def _object(notice: Notice, until: int) -> NotificationObject:
    return NotificationObject(
        id=str(notice.event_id),
        type=notice.kind,
        created_at=timestamp(time_of(notice.event_id)),
        tweet_id=UNSET if notice.tweet_id is None else str(notice.tweet_id),
        post_id=UNSET if notice.tweet_id is None else str(notice.tweet_id),
        actor_ids=[str(actor) for actor in notice.actors],
        actor_count=notice.count,
        unread=notice.newest > until,
    )


async def _includes(
    gateway: Gateway, user: int, page: list[Notice], tweets: Mapping[int, Tweet], fields: Wanted
) -> Includes | None:
    """The actors and the tweets of a page, each once."""
    now = now_ms()
    ids = dict.fromkeys(notice.tweet_id for notice in page if notice.tweet_id is not None)
    objects = await tweet_objects(gateway, user, [tweets[t] for t in ids], fields.tweet, now)
    actors = dict.fromkeys(actor for notice in page for actor in notice.actors)
    users = await gateway.accounts.by_ids(actors)
    shown = [users[actor] for actor in actors if actor in users]
    if not shown and not objects:
        return None
    return Includes(
        users=await user_objects(gateway, user, shown, fields.user), tweets=objects, posts=objects
    )
