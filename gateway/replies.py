"""The replies to a tweet as a tree, and hiding them."""

from functools import partial

from aiohttp import web

from gateway.answers import tweets_page, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.problems import forbidden, invalid, not_found
from gateway.reply_tree import ReplyTree
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from gateway.time_travel import as_then, moment, must_exist, wanted_then
from gateway.visibility import must_see, visible_tweets
from schemas.api.replies import Hidden, HideReply, RepliesQuery, ThreadQuery
from schemas.api.tweets import TweetObject
from schemas.events import Event, ReplyHidden
from schemas.tweets import Tweet

endpoints = Endpoints()

PAGE = 20


@endpoints.get("/2/tweets/{id}/replies", answers=list[TweetObject])
async def replies(request: web.Request, asked: ThreadQuery) -> web.Response:
    """The replies to a tweet or reply (by `as_of`), each followed by the first of its own."""
    before = moment(asked.as_of)
    if before is not None and asked.sort_order == "likes":
        raise invalid("as_of: likes are not kept for earlier times, sort_order=likes is of now")
    return await _page(request, asked, hidden=False, before=before)


@endpoints.get("/2/tweets/{id}/hidden_replies", answers=list[TweetObject])
async def hidden_replies(request: web.Request, asked: RepliesQuery) -> web.Response:
    """The hidden replies to a tweet or reply."""
    return await _page(request, asked, hidden=True)


@endpoints.put("/2/tweets/{id}/hidden", answers=Hidden)
async def hide(request: web.Request, command: HideReply) -> web.Response:
    """Hide a reply in a conversation of yours, or show it again."""
    user = user_of(request)
    tweet_id = id_in_path(request, "id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = await gateway.tweets.find_for_writing(tweet_id)
        if tweet is None:
            raise not_found("tweet", tweet_id)
        if tweet.reply is None:
            raise invalid(f"id: tweet {tweet_id} is no reply")
        if tweet.reply.root.author != user:
            raise forbidden(f"the conversation of reply {tweet_id} is another user's")
        return ReplyHidden(
            **fact(request),
            tweet_id=tweet.tweet_id,
            root=tweet.conversation,
            hidden=command.hidden,
        )

    published = await gateway.commands.publish(request, user, decide)
    return written(Hidden(hidden=command.hidden), published.position)


async def _page(
    request: web.Request, asked: RepliesQuery, *, hidden: bool, before: int | None = None
) -> web.Response:
    fields = wanted_then(request, asked, before)
    gateway = gateway_of(request)
    by_likes = asked.sort_order == "likes"
    store = gateway.readers.replies
    ordered = (store.by_likes,) if by_likes else ()
    await reached(request, *gateway.tweets.views, gateway.readers.graph, *ordered)
    tweet = await _readable(gateway, user_of(request), id_in_path(request, "id"))
    limit = asked.max_results or PAGE
    must_exist(tweet, before)
    visible = partial(visible_tweets, gateway, user_of(request))
    tree = ReplyTree(store, visible, by_likes=by_likes, before=before)
    found = await tree.page(tweet, hidden=hidden, token=asked.pagination_token, limit=limit)
    then = [as_then(reply, before) for reply in found.tweets]
    return await tweets_page(request, then, fields, found.next_token)


async def _readable(gateway: Gateway, user: int, asked: int) -> Tweet:
    """The tweet, if the one at the root is there as well: replies are read through tweets only.

    Raises a 404 `Problem`, and a 403 one when the user may not see them.
    """
    meant = await gateway.tweets.meant_for_writing(asked)
    if meant is None:
        raise not_found("tweet", asked)
    root = await gateway.tweets.find_for_writing(meant.tweet.conversation)
    if root is None:
        raise not_found("tweet", meant.tweet.conversation)
    await must_see(gateway, user, {root.author, *meant.authors})
    return meant.tweet
