"""Posting tweets, replies and quotes."""

from aiohttp import web

from gateway.answers import written
from gateway.attaching import found, one_kind, poll_of, refuse_what_is_not_here, text_of
from gateway.editing import edit
from gateway.endpoints import Endpoints
from gateway.facts import Fact, fact
from gateway.mentions import mentioned
from gateway.parameters import id_of
from gateway.problems import invalid
from gateway.replying import answered
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import must_see
from gateway.writing import of_type, receipt
from schemas.api.tweets import CreatedTweet, CreateTweet, ReplyTo
from schemas.events import Event, Poll, ReplyPosted, ReplySettings, TweetPosted, Written
from schemas.media import Media
from schemas.tweets import Tweet

endpoints = Endpoints()


class Said(Fact):
    """The fields of `schemas.events.Written`."""

    tweet_id: int
    text: str
    quote_of: int | None
    quoted_author: int | None
    mentions: tuple[int, ...]
    media: tuple[Media, ...]
    poll: Poll | None


@endpoints.post("/2/tweets", answers=CreatedTweet, statuses=(201,))
async def create_tweet(request: web.Request, command: CreateTweet) -> web.Response:
    """Post a tweet, a reply, a quote, or a new version of one."""
    refuse_what_is_not_here(command)
    if command.edit_options is not None:
        return await edit(request, command, command.edit_options)
    one_kind(command)
    text = text_of(command)

    async def decide() -> Event:
        if command.reply is not None:
            return await _reply(request, command, command.reply, text)
        settings = _settings(command)
        return TweetPosted(**await _said(request, command, text), reply_settings=settings)

    async def undo(event: Event) -> None:
        if isinstance(event, Written) and event.media:
            await gateway.media.uses.give_back(event.tweet_id)

    gateway = gateway_of(request)
    published = await gateway.commands.publish(request, user_of(request), decide, undo)
    posted = of_type(published.event, Written)
    return written(
        receipt(posted.tweet_id, posted.text, [posted.tweet_id]), published.position, status=201
    )


async def _reply(request: web.Request, command: CreateTweet, to: ReplyTo, text: str) -> ReplyPosted:
    if command.reply_settings is not None:
        raise invalid("reply_settings: they are those of the tweet at the root of a conversation")
    reply = await answered(gateway_of(request), user_of(request), to)
    return ReplyPosted(
        **await _said(request, command, text),
        root=reply.root.tweet_id,
        root_author=reply.root.author,
        parent=reply.parent.tweet_id,
        parent_author=reply.parent.author,
    )


def _settings(command: CreateTweet) -> ReplySettings:
    asked = command.reply_settings or "everyone"
    if asked == "subscribers" or asked == "verified":
        raise invalid(f"reply_settings: there are no {asked} users here")
    return asked


async def _said(request: web.Request, command: CreateTweet, text: str) -> Said:
    """Raises a 400 `Problem` when the command names what is not there."""
    gateway = gateway_of(request)
    quoted = await _quoted(request, command.quote_tweet_id) if command.quote_tweet_id else None
    mentions = await mentioned(gateway, text)
    poll = poll_of(command.poll) if command.poll else None
    media = await found(request, command.media) if command.media else {}
    posted = fact(request)
    if media:
        await gateway.media.uses.keep(posted["event_id"], list(media))
    return Said(
        **posted,
        tweet_id=posted["event_id"],
        text=text,
        quote_of=quoted.tweet_id if quoted else None,
        quoted_author=quoted.author if quoted else None,
        mentions=mentions,
        media=tuple(media.values()),
        poll=poll,
    )


async def _quoted(request: web.Request, asked: str) -> Tweet:
    gateway = gateway_of(request)
    meant = await gateway.tweets.meant_for_writing(id_of(asked, "quote_tweet_id"))
    if meant is None:
        raise invalid(f"quote_tweet_id: there is no tweet {asked}")
    await must_see(gateway, user_of(request), meant.authors)
    return meant.tweet
