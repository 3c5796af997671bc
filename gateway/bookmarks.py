"""Bookmarks, which nobody else sees."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.marked import tweets_that
from gateway.marking import mark, unmark
from gateway.parameters import id_in_path, id_of
from gateway.requests import self_of
from schemas.api.marks import Bookmarked, MarksQuery, MarkTweet
from schemas.api.tweets import TweetObject
from schemas.events import BookmarkRemoved, TweetBookmarked

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/bookmarks", answers=Bookmarked)
async def bookmark(request: web.Request, command: MarkTweet) -> web.Response:
    """Bookmark a tweet."""
    published = await mark(request, id_of(command.tweet_id, "tweet_id"), TweetBookmarked)
    return written(Bookmarked(bookmarked=True), published.position)


@endpoints.delete("/2/users/{id}/bookmarks/{tweet_id}", answers=Bookmarked)
async def remove_bookmark(request: web.Request) -> web.Response:
    """Remove a bookmark."""
    published = await unmark(request, BookmarkRemoved)
    return written(Bookmarked(bookmarked=False), published.position)


@endpoints.get("/2/users/{id}/bookmarks", answers=list[TweetObject])
async def bookmarks(request: web.Request, asked: MarksQuery) -> web.Response:
    """The tweets that you have bookmarked, the newest bookmark first."""
    return await tweets_that(
        request, asked, self_of(request, id_in_path(request, "id")), "bookmark"
    )
