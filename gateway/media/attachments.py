"""What tweets carry, as the API shows it."""

from collections.abc import Iterable

from msgspec import UNSET

from gateway.media.objects_shown import media_objects
from gateway.wanted import Wanted
from schemas.api.media import MediaObject
from schemas.api.tweets import Attachments
from schemas.tweets import Tweet


def attachments(tweet: Tweet) -> Attachments | None:
    """A poll has its tweet's id."""
    if not tweet.media and tweet.poll is None:
        return None
    return Attachments(
        media_keys=[media.media_key for media in tweet.media] or UNSET,
        poll_ids=[str(tweet.tweet_id)] if tweet.poll else UNSET,
    )


def included_media(
    tweets: Iterable[Tweet], referenced: Iterable[Tweet], wanted: Wanted, address: str
) -> list[MediaObject]:
    """The media that the expansions ask for; `address` is where the gateway is reached."""
    shown: list[Tweet] = []
    if "attachments.media_keys" in wanted.expansions:
        shown += tweets
    if "referenced_tweets.id.attachments.media_keys" in wanted.expansions:
        shown += referenced
    media = (media for tweet in shown for media in tweet.media)
    return media_objects(media, wanted.media, address)
