"""Likes and dislikes, of which a user has at most one on a tweet; who retweeted."""

from aiohttp import web

from gateway.answers import hidden_page, written
from gateway.endpoints import Endpoints
from gateway.marked import tweets_that, users_who
from gateway.marking import mark, unmark
from gateway.parameters import id_in_path, id_of
from gateway.requests import self_of
from schemas.api.marks import Disliked, Liked, MarksQuery, MarkTweet
from schemas.api.tweets import TweetObject
from schemas.api.users import UserObject
from schemas.events import TweetDisliked, TweetLiked

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/likes", answers=Liked)
async def like(request: web.Request, command: MarkTweet) -> web.Response:
    """Like a tweet, which ends a dislike."""
    published = await mark(request, id_of(command.tweet_id, "tweet_id"), TweetLiked)
    return written(Liked(liked=True), published.position)


@endpoints.delete("/2/users/{id}/likes/{tweet_id}", answers=Liked)
async def unlike(request: web.Request) -> web.Response:
    """Like a tweet no more."""
    published = await unmark(request, "like")
    return written(Liked(liked=False), published.position)


@endpoints.post("/2/users/{id}/dislikes", answers=Disliked)
async def dislike(request: web.Request, command: MarkTweet) -> web.Response:
    """Dislike a tweet, which ends a like."""
    published = await mark(request, id_of(command.tweet_id, "tweet_id"), TweetDisliked)
    return written(Disliked(disliked=True), published.position)


@endpoints.delete("/2/users/{id}/dislikes/{tweet_id}", answers=Disliked)
async def undislike(request: web.Request) -> web.Response:
    """Dislike a tweet no more."""
    published = await unmark(request, "dislike")
    return written(Disliked(disliked=False), published.position)


@endpoints.get("/2/tweets/{id}/liking_users", answers=list[UserObject])
async def liking_users(request: web.Request, asked: MarksQuery) -> web.Response:
    """Who likes a tweet, the newest like first."""
    return await users_who(request, asked, "like")


@endpoints.get("/2/users/{id}/liked_tweets", answers=list[TweetObject])
async def liked_tweets(request: web.Request, asked: MarksQuery) -> web.Response:
    """Which tweets a user likes, the newest like first."""
    user = id_in_path(request, "id")
    hidden = await hidden_page(request, user)
    return hidden or await tweets_that(request, asked, user, "like")


@endpoints.get("/2/users/{id}/disliked_tweets", answers=list[TweetObject])
async def disliked_tweets(request: web.Request, asked: MarksQuery) -> web.Response:
    """Which tweets you dislike, the newest dislike first."""
    user = self_of(request, id_in_path(request, "id"))
    return await tweets_that(request, asked, user, "dislike")


@endpoints.get("/2/tweets/{id}/retweeted_by", answers=list[UserObject])
async def retweeted_by(request: web.Request, asked: MarksQuery) -> web.Response:
    """Who retweeted a tweet, the newest retweet first."""
    return await users_who(request, asked, "retweet")
