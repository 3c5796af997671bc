"""Tweets: what creates them, and how they are shown."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import AsOf, Command, Fields, IdText, Ignored
from schemas.api.polls import AskedSettings, CreatePoll
from schemas.events import ReplySettings
from schemas.text import Entities


class EditOptions(Command, frozen=True):
    previous_post_id: IdText


class ReplyTo(Command, frozen=True):
    """Nobody is mentioned but in the text, so that there is nobody to exclude or to add."""

    in_reply_to_tweet_id: IdText
    exclude_reply_user_ids: list[IdText] | None = None
    auto_populate_reply_metadata: bool | None = None


class AttachMedia(Command, frozen=True):
    """Nobody is tagged: those who are named are taken, as X takes them, and left out, and so is
    what X takes for the cards of videos."""

    media_ids: Annotated[list[IdText], Meta(min_length=1, max_length=4)]
    tagged_user_ids: Annotated[list[IdText], Meta(max_length=10)] | None = None
    title: str | None = None
    description: str | None = None
    embeddable: bool | None = None
    preview_media_id: IdText | None = None
    call_to_actions: Ignored = None


class PlaceTweet(Command, frozen=True):
    place_id: str


class CreateTweet(Command, frozen=True):
    """A tweet, a reply, a quote (`quote_tweet_id`), or a new version of one (`edit_options`).

    The labels `made_with_ai` and `paid_partnership`, and `share_with_followers`, are taken and do
    nothing. What is below them would be done differently from what is asked: it is refused, unless
    it asks for nothing.
    """

    text: str | None = None
    media: AttachMedia | None = None
    poll: CreatePoll | None = None
    reply: ReplyTo | None = None
    reply_settings: AskedSettings | None = None
    quote_tweet_id: IdText | None = None
    edit_options: EditOptions | None = None
    made_with_ai: bool | None = None
    paid_partnership: bool | None = None
    share_with_followers: bool | None = None
    card_uri: str | None = None
    community_id: str | None = None
    direct_message_deep_link: str | None = None
    for_super_followers_only: bool | Literal["True", "False"] | None = None
    geo: PlaceTweet | None = None
    nullcast: bool | None = None


class Viewer(Struct, frozen=True):
    """What the user of the token has done to the tweet, as far as a program may see it."""

    retweeted: bool
    liked: bool | UnsetType = UNSET
    disliked: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET


class TweetMetrics(Struct, frozen=True):
    """Impressions are not counted."""

    retweet_count: int
    repost_count: int
    reply_count: int
    like_count: int
    dislike_count: int
    quote_count: int
    bookmark_count: int
    impression_count: int = 0


class Reference(Struct, frozen=True):
    type: Literal["quoted", "replied_to", "retweeted"]
    id: str


class EditControls(Struct, frozen=True):
    editable_until: str
    edits_remaining: int
    is_edit_eligible: bool


class Attachments(Struct, frozen=True, kw_only=True):
    media_keys: list[str] | UnsetType = UNSET
    poll_ids: list[str] | UnsetType = UNSET


class TweetObject(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set, beside the first four."""

    id: str
    text: str
    edit_history_tweet_ids: list[str]
    edit_history_post_ids: list[str]
    attachments: Attachments | UnsetType = UNSET
    author_id: str | UnsetType = UNSET
    conversation_id: str | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    edit_controls: EditControls | UnsetType = UNSET
    entities: Entities | UnsetType = UNSET
    in_reply_to_user_id: str | UnsetType = UNSET
    lang: str | UnsetType = UNSET
    possibly_sensitive: bool | UnsetType = UNSET
    public_metrics: TweetMetrics | UnsetType = UNSET
    reply_settings: ReplySettings | UnsetType = UNSET
    referenced_tweets: list[Reference] | UnsetType = UNSET
    referenced_posts: list[Reference] | UnsetType = UNSET
    viewer: Viewer | UnsetType = UNSET


class CreatedTweet(Struct, frozen=True):
    id: str
    text: str
    edit_history_tweet_ids: list[str]
    edit_history_post_ids: list[str]


class Deleted(Struct, frozen=True):
    deleted: bool


class VersionObject(Struct, frozen=True):
    id: str
    text: str
    created_at: str


class TweetQuery(Fields, frozen=True):
    as_of: AsOf | None = None
