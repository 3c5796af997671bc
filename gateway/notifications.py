"""What others did that concerns the user who asks."""

from collections.abc import Mapping, Sequence

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

from events.clock import now_ms
from gateway.answers import answer, reached_beside, written
from gateway.cursors import start_of
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.filling import filled_below
from gateway.own_address import address_of
from gateway.parameters import id_in_path, id_of
from gateway.people import user_objects
from gateway.positions import reached
from gateway.render import includes, tweet_objects
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.times import timestamp
from gateway.unshown import unshown
from gateway.visibility import visible, visible_by_id
from gateway.wanted import Wanted, wanted
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
ACTORS = 3
MARKS = ("like", "retweet")
"""Of many actors, of whom `ACTORS` are shown."""


@endpoints.get(
    "/2/users/{id}/notifications", answers=list[NotificationObject], meta=NotificationsPage
)
async def notifications(request: web.Request, asked: NotificationsQuery) -> web.Response:
    """What others did that concerns you, newest first, the likes of one tweet as one."""
    user = self_of(request, id_in_path(request, "id"))
    fields = wanted(request, asked)
    gateway = gateway_of(request)
    readers = gateway.readers
    await reached(request, readers.notices, readers.graph, *gateway.tweets.views)
    await reached_beside(request, fields)
    until = await readers.notices.read_until(user)
    silenced = await _silenced(gateway, user)
    tweets: dict[int, Tweet] = {}

    async def read(below: int, size: int) -> Sequence[Notice]:
        return await readers.notices.of(user, before=below, limit=size, silenced=silenced)

    async def seen(found: Sequence[Notice]) -> Sequence[Notice]:
        tweets.update(await visible_by_id(gateway, user, _tweet_ids(found)))
        shown = [notice for notice in found if _can_be_shown(notice, user, tweets)]
        return await _with_actors_seen(gateway, user, shown)

    start, limit = start_of(asked.pagination_token), asked.max_results or PAGE
    page, tokens = await filled_below(read, seen, lambda n: n.event_id, start, limit)
    meta = NotificationsPage(
        result_count=len(page),
        newest_id=str(page[0].event_id) if page else None,
        oldest_id=str(page[-1].event_id) if page else None,
        next_token=tokens.following,
        previous_token=tokens.previous,
        unread_count=await readers.notices.unread(user, after=until, silenced=silenced),
    )
    around = await _includes(request, user, page, tweets, fields)
    shown = [tweets[tweet_id] for tweet_id in _tweet_ids(page)]
    return answer(
        Answer(
            data=[_object(notice, until) for notice in page] or UNSET,
            includes=around or UNSET,
            errors=await unshown(gateway, shown, fields, around) or UNSET,
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


def _tweet_ids(notices: Sequence[Notice]) -> list[int]:
    """Each once."""
    return list(dict.fromkeys(n.tweet_id for n in notices if n.tweet_id is not None))


def _can_be_shown(notice: Notice, user: int, tweets: Mapping[int, Tweet]) -> bool:
    """A tweet must be there, and one that only mentioned the user must still do so."""
    if notice.tweet_id is None:
        return True
    tweet = tweets.get(notice.tweet_id)
    return tweet is not None and (notice.kind != "mention" or tweet.concerns(user))


async def _with_actors_seen(gateway: Gateway, user: int, found: Sequence[Notice]) -> list[Notice]:
    """With at most `ACTORS` of whom the user may see; marks by nobody like that are left out."""
    actors = {actor for notice in found if notice.kind in MARKS for actor in notice.actors}
    seen = await visible(gateway, user, actors)
    left = [
        replace(notice, actors=tuple(a for a in notice.actors if a in seen)[:ACTORS])
        if notice.kind in MARKS
        else notice
        for notice in found
    ]
    return [notice for notice in left if notice.actors]


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
    request: web.Request,
    user: int,
    page: Sequence[Notice],
    tweets: Mapping[int, Tweet],
    fields: Wanted,
) -> Includes | None:
    """The actors and the tweets of a page, and what the expansions ask for beside, each once."""
    gateway, now = gateway_of(request), now_ms()
    shown_tweets = [tweets[tweet_id] for tweet_id in _tweet_ids(page)]
    objects = await tweet_objects(gateway, user, shown_tweets, fields.tweet, now)
    actors = dict.fromkeys(actor for notice in page for actor in notice.actors)
    users = await gateway.accounts.by_ids(actors)
    shown = [users[actor] for actor in actors if actor in users]
    people = await user_objects(gateway, user, shown, fields.user)
    address = address_of(request)
    more = await includes(gateway, user, shown_tweets, fields, now, address) or Includes()
    if not people and not objects:
        return None
    objects = list({tweet.id: tweet for tweet in (*objects, *more.tweets)}.values())
    return replace(
        more,
        users=list({person.id: person for person in (*people, *more.users)}.values()),
        tweets=objects,
        posts=objects,
    )
