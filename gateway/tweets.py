"""Writing tweets, and looking them up by id."""

import asyncio
from typing import TypeVar

from aiohttp import web

from gateway.answers import answer, tweets_answer, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.mentions import mentioned
from gateway.parameters import id_in_path, id_of, ids_of, wanted
from gateway.positions import reached
from gateway.problems import Problem, forbidden, invalid, missing, not_found
from gateway.render import EDITABLE_MS, EDITS, edits_remaining, timestamp
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from schemas.api import (
    Answer,
    CreatedTweet,
    CreateTweet,
    Deleted,
    IdsLookup,
    Lookup,
    TweetObject,
    VersionObject,
)
from schemas.events import Event, TweetDeleted, TweetEdited, TweetPosted
from schemas.text import TextRejected, check
from schemas.tweets import Tweet

T = TypeVar("T", bound=Event)

EDIT_SECONDS = 4.5
"""Waiting for one's turn, looking and writing together take no longer."""

endpoints = Endpoints()


@endpoints.post("/2/tweets", answers=CreatedTweet, status=201)
async def create_tweet(request: web.Request, command: CreateTweet) -> web.Response:
    """Post a tweet, a quote, or a new version of a tweet."""
    user = user_of(request)
    text = _checked(command.text)
    if command.edit_options is not None:
        if command.quote_tweet_id is not None:
            raise invalid("quote_tweet_id: an edit cannot change what is quoted")
        previous = id_of(command.edit_options.previous_post_id, "previous_post_id")
        return await _edit(request, user, previous, text)
    return await _post(request, user, text, command.quote_tweet_id)


async def _post(request: web.Request, user: int, text: str, quote: str | None) -> web.Response:
    gateway = gateway_of(request)

    async def decide() -> Event:
        quoted = None if quote is None else await _quoted(gateway, id_of(quote, "quote_tweet_id"))
        posted = fact(request)
        return TweetPosted(
            **posted,
            tweet_id=posted["event_id"],
            text=text,
            mentions=await mentioned(gateway, text),
            quote_of=quoted.tweet_id if quoted else None,
            quoted_author=quoted.author if quoted else None,
        )

    published = await gateway.commands.publish(request, user, decide)
    posted = _of_type(published.event, TweetPosted)
    return written(
        _receipt(posted.tweet_id, posted.text, [posted.tweet_id]), published.position, status=201
    )


async def _edit(request: web.Request, user: int, previous: int, text: str) -> web.Response:
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = _owned(await gateway.tweets.find_latest(previous), user, previous)
        edited = fact(request)
        if edited["at"] > tweet.created_at + EDITABLE_MS:
            raise forbidden(f"tweet {tweet.tweet_id} can be edited for an hour only")
        if edits_remaining(tweet) == 0:
            raise forbidden(f"tweet {tweet.tweet_id} was edited {EDITS} times already")
        return TweetEdited(
            **edited,
            tweet_id=tweet.tweet_id,
            version_id=edited["event_id"],
            text=text,
            mentions=await mentioned(gateway, text),
        )

    async with asyncio.timeout(EDIT_SECONDS), gateway.edits.of(user):
        published = await gateway.commands.publish(request, user, decide)
    edited = _of_type(published.event, TweetEdited)
    history = await _versions_until(gateway, edited)
    return written(_receipt(edited.tweet_id, edited.text, history), published.position, status=201)


async def _versions_until(gateway: Gateway, edited: TweetEdited) -> list[int]:
    """The versions as they stood after the edit, whatever came since and whatever the views lag."""
    tweet = (await gateway.tweets.find([edited.tweet_id])).get(edited.tweet_id)
    known = [version.version_id for version in tweet.versions] if tweet else [edited.tweet_id]
    return [*(known_id for known_id in known if known_id < edited.version_id), edited.version_id]


@endpoints.delete("/2/tweets/{id}", answers=Deleted)
async def delete_tweet(request: web.Request) -> web.Response:
    """Delete a tweet of yours."""
    user = user_of(request)
    tweet_id = id_in_path(request, "id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = _owned(await gateway.tweets.find_for_writing(tweet_id), user, tweet_id)
        return TweetDeleted(**fact(request), tweet_id=tweet.tweet_id)

    published = await gateway.commands.publish(request, user, decide)
    return written(Deleted(deleted=True), published.position)


@endpoints.get("/2/tweets/{id}", answers=TweetObject)
async def tweet_by_id(request: web.Request, asked: Lookup) -> web.Response:
    """One tweet, by its id or that of any of its versions."""
    fields = wanted(asked)
    gateway = gateway_of(request)
    await reached(request, gateway.readers.tweets, gateway.readers.cache)
    tweet = await _existing(gateway, id_in_path(request, "id"))
    return await tweets_answer(request, [tweet], fields, [], single=True)


@endpoints.get("/2/tweets", answers=list[TweetObject])
async def tweets_by_ids(request: web.Request, asked: IdsLookup) -> web.Response:
    """Up to 100 tweets by their ids."""
    fields = wanted(asked)
    gateway = gateway_of(request)
    await reached(request, gateway.readers.tweets, gateway.readers.cache)
    tweet_ids = ids_of(asked.ids)
    found = await gateway.tweets.find(tweet_ids)
    tweets, errors = [], []
    for tweet_id in tweet_ids:
        if tweet := found.get(tweet_id):
            tweets.append(tweet)
        else:
            errors.append(missing("tweet", "ids", str(tweet_id)))
    return await tweets_answer(request, tweets, fields, errors)


@endpoints.get("/2/tweets/{id}/history", answers=list[VersionObject])
async def tweet_history(request: web.Request) -> web.Response:
    """Every wording of a tweet, the first one first."""
    gateway = gateway_of(request)
    await reached(request, gateway.readers.tweets, gateway.readers.cache)
    tweet = await _existing(gateway, id_in_path(request, "id"))
    return answer(
        Answer(
            data=[
                VersionObject(str(version.version_id), version.text, timestamp(version.at))
                for version in tweet.versions
            ]
        )
    )


def _checked(text: str) -> str:
    try:
        return check(text)
    except TextRejected as error:
        raise invalid(f"text: {error}") from error


def _receipt(tweet_id: int, text: str, versions: list[int]) -> CreatedTweet:
    history = [str(version) for version in versions]
    return CreatedTweet(str(tweet_id), text, history, history)


async def _existing(gateway: Gateway, tweet_id: int) -> Tweet:
    tweet = (await gateway.tweets.find([tweet_id])).get(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    return tweet


def _owned(tweet: Tweet | None, user: int, asked: int) -> Tweet:
    if tweet is None:
        raise not_found("tweet", asked)
    if tweet.author != user:
        raise forbidden(f"tweet {asked} is another user's")
    return tweet


async def _quoted(gateway: Gateway, tweet_id: int) -> Tweet:
    tweet = await gateway.tweets.find_for_writing(tweet_id)
    if tweet is None:
        raise invalid(f"quote_tweet_id: there is no tweet {tweet_id}")
    return tweet


def _of_type(event: Event, expected: type[T]) -> T:
    if not isinstance(event, expected):
        raise Problem(422, "Unprocessable Content", "this Idempotency-Key was another request's")
    return event
