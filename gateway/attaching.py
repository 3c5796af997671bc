"""What a new tweet carries beside its text: photos, a video, or a poll."""

from aiohttp import web

from gateway.parameters import id_of
from gateway.problems import invalid
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.writing import checked, checked_text
from schemas.api.polls import CreatePoll
from schemas.api.tweets import AttachMedia, CreateTweet
from schemas.events import Poll
from schemas.media import Media
from schemas.text.inline import unfit

OPTION_LENGTH = 25


def text_of(command: CreateTweet) -> str:
    """The text as it is stored; beside media there need be none. Raises a 400 `Problem`."""
    text = command.text or ""
    return "" if command.media is not None and not text else checked_text(text)


NOT_HERE = {
    "card_uri": "there are no cards here",
    "community_id": "there are no communities here",
    "direct_message_deep_link": "there are no direct messages here",
    "for_super_followers_only": "there are no subscribers here",
    "geo": "there are no places here",
    "nullcast": "a tweet that is not on its author's timeline is not possible here",
}


def refuse_what_is_not_here(command: CreateTweet) -> None:
    """Raises a 400 `Problem` for what could only be left undone."""
    for name, reason in NOT_HERE.items():
        asked = getattr(command, name)
        if asked and asked != "False":
            raise invalid(f"{name}: {reason}")


def one_kind(command: CreateTweet) -> None:
    """Raises a 400 `Problem` for a tweet with two of media, a poll and a quote."""
    carried = [n for n in ("media", "poll", "quote_tweet_id") if getattr(command, n) is not None]
    if len(carried) > 1:
        raise invalid(f"{carried[0]}: a tweet has no {carried[1]} beside it")


async def found(request: web.Request, asked: AttachMedia) -> dict[int, Media]:
    """By id, in the order asked for. Raises a 400 `Problem` for what cannot be attached."""
    media_ids = [id_of(text, "media_ids") for text in asked.media_ids]
    if len(set(media_ids)) < len(media_ids):
        raise invalid("media_ids: the same one twice")
    uses = gateway_of(request).media.uses
    usable = await uses.find(user_of(request), media_ids)
    for media_id in media_ids:
        if media_id not in usable:
            raise invalid(f"media_ids: {media_id} is no finished upload of yours, or it expired")
    if len(media_ids) > 1 and any(media.type != "photo" for media in usable.values()):
        raise invalid("media_ids: a tweet has up to four photos, or one GIF, or one video")
    return {media_id: usable[media_id] for media_id in media_ids}


def poll_of(asked: CreatePoll) -> Poll:
    """Raises a 400 `Problem` that says which option is wrong."""
    options = tuple(checked(option, "poll.options") for option in asked.options)
    for option in options:
        if found := unfit(option):
            raise invalid(f"poll: an option holds {found}")
        if len(option) > OPTION_LENGTH:
            raise invalid(f"poll: {option!r} is longer than {OPTION_LENGTH} characters")
    return Poll(options, asked.duration_minutes)
