"""Bookmarks, which nobody else sees."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.marked import tweets_that
from gateway.marking import mark, unmark
from gateway.parameters import id_in_path, id_of
from gateway.problems import Problem, invalid
from gateway.requests import self_of
from schemas.api.marks import Bookmarked, BookmarkTweet, MarksQuery
from schemas.api.tweets import TweetObject
from schemas.events import TweetBookmarked

endpoints = Endpoints()

NO_FOLDERS = "there are no folders of bookmarks here"


@endpoints.post("/2/users/{id}/bookmarks", answers=Bookmarked)
async def bookmark(request: web.Request, command: BookmarkTweet) -> web.Response:
    """Bookmark a tweet."""
    if command.folder_id is not None:
        raise invalid(f"folder_id: {NO_FOLDERS}")
    published = await mark(request, id_of(command.tweet_id, "tweet_id"), TweetBookmarked)
    return written(Bookmarked(bookmarked=True), published.position)


@endpoints.delete("/2/users/{id}/bookmarks/{tweet_id}", answers=Bookmarked)
async def remove_bookmark(request: web.Request) -> web.Response:
    """Remove a bookmark."""
    published = await unmark(request, "bookmark")
    return written(Bookmarked(bookmarked=False), published.position)


@endpoints.get("/2/users/{id}/bookmarks", answers=list[TweetObject])
async def bookmarks(request: web.Request, asked: MarksQuery) -> web.Response:
    """The tweets that you have bookmarked, the newest bookmark first."""
    return await tweets_that(
        request, asked, self_of(request, id_in_path(request, "id")), "bookmark"
    )


@endpoints.get("/2/users/{id}/bookmarks/folders", answers=list[str])
async def bookmark_folders(request: web.Request, asked: MarksQuery) -> web.Response:
    """A 404, always: there are no folders of bookmarks here."""
    raise Problem(404, "Not Found Error", NO_FOLDERS, kind="resource-not-found")
