"""Who quotes and who retweets a tweet."""

from aiohttp import web

from gateway.cursors import start_of
from gateway.endpoints import Endpoints
from gateway.feeds import Stretch, Window, feed_page
from gateway.marking import markable
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.wanted import wanted
from projections.timelines import Entries
from schemas.api.timelines import QuotesQuery, RetweetsQuery
from schemas.api.tweets import TweetObject
from schemas.tweets import Entry, Tweet

endpoints = Endpoints()

PAGE = 10


@endpoints.get("/2/tweets/{id}/quote_tweets", answers=list[TweetObject])
async def quotes(request: web.Request, asked: QuotesQuery) -> web.Response:
    """What quotes a tweet, newest first."""
    fields, window = wanted(request, asked), Window(0, *start_of(asked.pagination_token))
    tweet = await _readable(request)
    readers = gateway_of(request).readers
    store = readers.tweets if "replies" in asked.excluded else readers.texts

    async def source(before: int, limit: int) -> Stretch:
        found = await store.quotes_of(tweet.tweet_id, before=before, limit=limit)
        return Stretch(Entries.of(Entry(quote, 0, quote) for quote in found), seen=False)

    return await feed_page(request, source, window, fields, asked.max_results or PAGE)


@endpoints.get("/2/tweets/{id}/retweets", answers=list[TweetObject])
async def retweets(request: web.Request, asked: RetweetsQuery) -> web.Response:
    """The retweets of a tweet, newest first."""
    fields, window = wanted(request, asked), Window(0, *start_of(asked.pagination_token))
    tweet = await _readable(request)
    store = gateway_of(request).readers.retweets

    async def source(before: int, limit: int) -> Stretch:
        found = await store.of_tweet(tweet.tweet_id, before=before, limit=limit)
        return Stretch(Entries.of(found), seen=False)

    return await feed_page(request, source, window, fields, asked.max_results or PAGE)


async def _readable(request: web.Request) -> Tweet:
    """The tweet, or the one that a retweet shows.

    Raises a 404 `Problem`, and a 403 one when the user may not see it.
    """
    gateway = gateway_of(request)
    await reached(request, *gateway.tweets.views, gateway.readers.graph)
    return await markable(gateway, user_of(request), id_in_path(request, "id"))
