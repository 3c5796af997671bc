"""Tweets and replies with all their wordings."""

from msgspec import UNSET, Struct, UnsetType

from gateway.times import timestamp
from schemas.events import (
    Event,
    Poll,
    ReplyDeleted,
    ReplyPosted,
    Rewritten,
    TweetDeleted,
    Written,
)
from schemas.media import Media


class Wording(Struct, frozen=True):
    id: str
    text: str
    at: str


class Said(Struct, kw_only=True):
    """A tweet or a reply, its wordings from the first to the newest."""

    id: str
    versions: list[Wording]
    quote_of: str | UnsetType = UNSET
    in_reply_to: str | UnsetType = UNSET
    conversation: str | UnsetType = UNSET
    media: tuple[Media, ...] = ()
    poll: Poll | UnsetType = UNSET
    deleted_at: str | UnsetType = UNSET


def say(tweets: dict[int, Said], replies: dict[int, Said], event: Event) -> None:
    """Takes in an event about one of either."""
    at = timestamp(event.at)
    match event:
        case Written():
            said = Said(
                id=str(event.tweet_id),
                versions=[Wording(str(event.tweet_id), event.text, at)],
                quote_of=UNSET if event.quote_of is None else str(event.quote_of),
                media=event.media,
                poll=event.poll or UNSET,
            )
            if isinstance(event, ReplyPosted):
                said.in_reply_to, said.conversation = str(event.parent), str(event.root)
                replies.setdefault(event.tweet_id, said)
            else:
                tweets.setdefault(event.tweet_id, said)
        case Rewritten():
            wording = Wording(str(event.version_id), event.text, at)
            known = tweets.get(event.tweet_id) or replies.get(event.tweet_id)
            if known and known.deleted_at is UNSET and wording not in known.versions:
                known.versions.append(wording)
                known.versions.sort(key=lambda one: int(one.id))
        case TweetDeleted() | ReplyDeleted():
            known = tweets.get(event.tweet_id) or replies.get(event.tweet_id)
            if known and known.deleted_at is UNSET:
                known.deleted_at = at
        case _:
            pass
