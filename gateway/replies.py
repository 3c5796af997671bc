"""The replies to a tweet as a tree, and hiding them."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gateway.answers import tweets_page, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, place_of, token_after, wanted
from gateway.positions import reached
from gateway.problems import forbidden, invalid, not_found
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import must_see, visible_tweets
from projections.replies import ReplyStore
from schemas.api import Hidden, HideReply, RepliesQuery, TweetObject
from schemas.events import Event, ReplyHidden
from schemas.tweets import Tweet

endpoints = Endpoints()

PAGE = 20
ANSWERS = 3
"""So many of a reply's own replies stand below it; `/replies` of that reply has them all."""


@endpoints.get("/2/tweets/{id}/replies", answers=list[TweetObject])
async def replies(request: web.Request, asked: RepliesQuery) -> web.Response:
    """The replies to a tweet or reply, each followed by the first of its own."""
    return await _page(request, asked, hidden=False)


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


async def _page(request: web.Request, asked: RepliesQuery, *, hidden: bool) -> web.Response:
    fields = wanted(asked)
    gateway = gateway_of(request)
    before = place_of(asked.pagination_token)
    limit = asked.max_results or PAGE
    await reached(request, *gateway.tweets.views)
    tweet = await _readable(gateway, user_of(request), id_in_path(request, "id"))
    store = gateway.readers.replies
    branches = await store.answers(tweet, hidden=hidden, before=before, limit=limit + 1)
    shown, used = await _tree(store, branches[:limit], limit)
    following = token_after(branches[used - 1].tweet_id) if used < len(branches) else None
    seen = await visible_tweets(gateway, user_of(request), shown)
    return await tweets_page(request, seen, fields, following)


async def _readable(gateway: Gateway, user: int, asked: int) -> Tweet:
    """The tweet, if the one at the root is there as well: replies are read through tweets only.

    Raises a 404 `Problem`, and a 403 one when the user may not see them.
    """
    tweet = (await gateway.tweets.find([asked])).get(asked)
    if tweet is not None and tweet.retweet_of is not None:
        original = tweet.retweet_of.tweet_id
        tweet = (await gateway.tweets.find([original])).get(original)
    if tweet is None:
        raise not_found("tweet", asked)
    root = (await gateway.tweets.find([tweet.conversation])).get(tweet.conversation)
    if root is None:
        raise not_found("tweet", tweet.conversation)
    await must_see(gateway, user, {root.author, tweet.author})
    return tweet


async def _tree(
    store: ReplyStore, branches: Sequence[Tweet], limit: int
) -> tuple[list[Tweet], int]:
    """At most `limit` tweets, each branch followed by its first answers, and how many branches."""
    answered = await store.answered(branch.tweet_id for branch in branches)
    first = [branch for branch in branches if branch.tweet_id in answered]
    lists = await asyncio.gather(*(store.answers(branch, limit=ANSWERS) for branch in first))
    below = {branch.tweet_id: found for branch, found in zip(first, lists, strict=True)}
    shown: list[Tweet] = []
    used = 0
    while len(shown) < limit and used < len(branches):
        shown += [branches[used], *below.get(branches[used].tweet_id, ())]
        used += 1
    return shown[:limit], used
