"""The timeline of a list."""

from aiohttp import web

from gateway.endpoints import Endpoints
from gateway.feeds import LOOK_BACK, Stretch, feed_page, window_of
from gateway.list_pages import PAGE
from gateway.lists import seen_list
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible
from gateway.wanted import wanted
from projections.timelines import Entries
from schemas.api.timelines import TimelineQuery
from schemas.api.tweets import TweetObject

endpoints = Endpoints()


@endpoints.get("/2/lists/{id}/tweets", answers=list[TweetObject])
async def list_timeline(request: web.Request, asked: TimelineQuery) -> web.Response:
    """What the members of a list wrote and retweeted, newest first."""
    viewer, gateway = user_of(request), gateway_of(request)
    fields, window = wanted(request, asked), window_of(asked)
    list_id, readers = id_in_path(request, "id"), gateway.readers
    views = (*gateway.tweets.views, readers.timelines, readers.graph, readers.lists)
    await reached(request, *views)
    await seen_list(gateway, viewer, list_id)
    retweets = "retweets" not in asked.excluded
    members = await visible(gateway, viewer, await readers.lists.all_members(list_id))

    async def source(before: int, limit: int) -> Stretch:
        entries = await readers.timelines.authors(
            sorted(members), before=before, limit=limit, retweets=retweets
        )
        return Stretch(Entries.of(entries))

    limit = asked.max_results or PAGE
    return await feed_page(request, source, window, fields, limit, look_back=LOOK_BACK)
