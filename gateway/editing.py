"""Changing and deleting what one has posted."""

import asyncio

from aiohttp import web

from events.clock import now_ms
from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import Fact, fact
from gateway.mentions import mentioned
from gateway.parameters import id_in_path, id_of
from gateway.problems import forbidden, invalid, not_found, unavailable
from gateway.render import EDITABLE_MS, EDITS, edits_remaining
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from gateway.writing import checked_text, of_type, receipt
from schemas.api.tweets import CreateTweet, Deleted, EditOptions
from schemas.events import (
    Event,
    ReplyDeleted,
    ReplyEdited,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetEdited,
)
from schemas.ids import time_of
from schemas.tweets import Tweet

endpoints = Endpoints()

AHEAD_MS = 1_000
"""So far ahead may another gateway's clock be: an edit of what it made waits for so long."""

FIXED = ("media", "poll", "reply", "reply_settings", "quote_tweet_id")


async def edit(request: web.Request, command: CreateTweet, options: EditOptions) -> web.Response:
    for name in FIXED:
        if getattr(command, name) is not None:
            raise invalid(f"{name}: an edit can change nothing but the text")
    user, gateway = user_of(request), gateway_of(request)
    text = checked_text(command.text or "")
    previous = id_of(options.previous_post_id, "previous_post_id")

    async def decide() -> Event:
        tweet = _owned(await gateway.tweets.find_latest(previous), user, previous)
        if tweet.retweet_of is not None:
            raise forbidden(f"{previous} is a retweet, which has no text of its own")
        mentions = await mentioned(gateway, text)
        edited = await _fact_after(tweet.versions[-1].version_id, request)
        if edited["at"] > tweet.created_at + EDITABLE_MS:
            raise forbidden(f"tweet {tweet.tweet_id} can be edited for an hour only")
        if edits_remaining(tweet) == 0:
            raise forbidden(f"tweet {tweet.tweet_id} was edited {EDITS} times already")
        kind = ReplyEdited if tweet.reply else TweetEdited
        return kind(
            **edited,
            tweet_id=tweet.tweet_id,
            version_id=edited["event_id"],
            text=text,
            mentions=mentions,
        )

    published = await gateway.commands.publish_in_turn(request, user, decide)
    edited = of_type(published.event, Rewritten)
    history = await _versions_until(gateway, edited)
    return written(receipt(edited.tweet_id, edited.text, history), published.position, status=201)


async def _fact_after(version_id: int, request: web.Request) -> Fact:
    """With a higher id: of two versions the one with the higher id is the newer, and a gateway
    whose clock is ahead may have made the last. Raises a 503 `Problem`."""
    while 0 < (ahead_ms := time_of(version_id) + 1 - now_ms()) <= AHEAD_MS:
        await asyncio.sleep(ahead_ms / 1_000)  # which a busy loop ends too early
    found = fact(request)
    if found["event_id"] <= version_id:
        raise unavailable(f"{version_id} is of a time that is still to come here: try again then")
    return found


async def _versions_until(gateway: Gateway, edited: Rewritten) -> list[int]:
    """The versions as they stood after the edit, whatever came since and whatever the views lag:
    the store held those before when the edit was decided, the cache may not."""
    tweet = (await gateway.readers.texts.find([edited.tweet_id])).get(edited.tweet_id)
    known = [version.version_id for version in tweet.versions] if tweet else [edited.tweet_id]
    return [*(known_id for known_id in known if known_id < edited.version_id), edited.version_id]


@endpoints.delete("/2/tweets/{id}", answers=Deleted)
async def delete_tweet(request: web.Request) -> web.Response:
    """Delete a tweet or reply of yours, or undo a retweet."""
    user = user_of(request)
    tweet_id = id_in_path(request, "id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        found = await gateway.tweets.find_for_writing(tweet_id)
        found = found or await gateway.tweets.retweet_of_gone(tweet_id)
        tweet = _owned(found, user, tweet_id)
        if tweet.retweet_of is not None:
            return RetweetRemoved(
                **fact(request),
                tweet_id=tweet.retweet_of.tweet_id,
                author=tweet.retweet_of.author,
                retweet_id=tweet.tweet_id,
            )
        if tweet.media:
            await gateway.media.uses.doubt(tweet.tweet_id)
        kind = ReplyDeleted if tweet.reply else TweetDeleted
        return kind(**fact(request), tweet_id=tweet.tweet_id)

    published = await gateway.commands.publish(request, user, decide)
    if isinstance(published.event, TweetDeleted | ReplyDeleted):
        await gateway.media.uses.release(published.event.tweet_id)
    return written(Deleted(deleted=True), published.position)


def _owned(tweet: Tweet | None, user: int, asked: int) -> Tweet:
    if tweet is None:
        raise not_found("tweet", asked)
    if tweet.author != user:
        raise forbidden(f"tweet {asked} is another user's")
    return tweet
