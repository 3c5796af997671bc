"""What goes over HTTP, in the shapes of X API v2 and in both of its dialects, tweet and post."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.events import ReplySettings
from schemas.media import MediaType
from schemas.notices import NoticeKind
from schemas.text import Entities, Url

IdText = Annotated[str, Meta(pattern="^[0-9]{1,19}$", description="a Snowflake id, as a string")]


class Command(Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON body. What is not known is refused, lest it be silently left undone."""


class EditOptions(Command, frozen=True):
    previous_post_id: IdText


class ReplyTo(Command, frozen=True):
    """Nobody is mentioned but in the text, so that there is nobody to exclude."""

    in_reply_to_tweet_id: IdText
    exclude_reply_user_ids: list[IdText] = []


class AttachMedia(Command, frozen=True):
    media_ids: Annotated[list[IdText], Meta(min_length=1, max_length=4)]
    tagged_user_ids: list[IdText] = []


class CreatePoll(Command, frozen=True):
    options: Annotated[list[str], Meta(min_length=2, max_length=4)]
    duration_minutes: Annotated[int, Meta(ge=5, le=10_080)]


class CreateTweet(Command, frozen=True):
    """A tweet, a reply, a quote (`quote_tweet_id`), or a new version of one (`edit_options`)."""

    text: str = ""
    media: AttachMedia | None = None
    poll: CreatePoll | None = None
    reply: ReplyTo | None = None
    reply_settings: ReplySettings | Literal["subscribers", "verified"] | None = None
    quote_tweet_id: IdText | None = None
    edit_options: EditOptions | None = None


class HideReply(Command, frozen=True):
    hidden: bool


class TargetUser(Command, frozen=True):
    """Whom to follow, block or mute."""

    target_user_id: IdText


class NewRule(Command, frozen=True):
    value: Annotated[str, Meta(min_length=1, max_length=1_024)]
    tag: Annotated[str, Meta(max_length=256)] = ""


class DeleteRules(Command, frozen=True):
    ids: Annotated[list[IdText], Meta(max_length=1_000)] = []
    values: Annotated[list[str], Meta(max_length=1_000)] = []


class ChangeRules(Command, frozen=True):
    """Either of the two."""

    add: Annotated[list[NewRule], Meta(min_length=1, max_length=1_000)] | None = None
    delete: DeleteRules | None = None


ListName = Annotated[str, Meta(min_length=1, max_length=25)]
ListDescription = Annotated[str, Meta(max_length=100)]


class CreateList(Command, frozen=True):
    name: ListName
    description: ListDescription = ""
    private: bool = False


class ChangeList(Command, frozen=True):
    """What is not given stays."""

    name: ListName | None = None
    description: ListDescription | None = None
    private: bool | None = None


class AddMember(Command, frozen=True):
    user_id: IdText


class UpdateProfile(Command, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=50)] | UnsetType = UNSET
    username: Annotated[str, Meta(pattern="^[A-Za-z0-9_]{1,15}$")] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=160)] | UnsetType = UNSET
    location: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    url: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    protected: bool | UnsetType = UNSET


class PinTweet(Command, frozen=True):
    tweet_id: IdText


class Pinned(Struct, frozen=True):
    pinned: bool


class MarkTweet(Command, frozen=True):
    """Which tweet to like, dislike or bookmark."""

    tweet_id: IdText


class CastVote(Command, frozen=True):
    """`option` is the position of the poll's option, from 1."""

    tweet_id: IdText
    option: Annotated[int, Meta(ge=1, le=4)]


class Liked(Struct, frozen=True):
    liked: bool


class Disliked(Struct, frozen=True):
    disliked: bool


class Bookmarked(Struct, frozen=True):
    bookmarked: bool


class PollOption(Struct, frozen=True):
    position: int
    label: str
    votes: int


class PollObject(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set, beside the first two."""

    id: str
    options: list[PollOption]
    duration_minutes: int | UnsetType = UNSET
    end_datetime: str | UnsetType = UNSET
    voting_status: Literal["open", "closed"] | UnsetType = UNSET


class Voted(Struct, frozen=True):
    """`option` is the one that counts: the first vote."""

    voted: bool
    option: int
    poll: PollObject


class Viewer(Struct, frozen=True):
    """What the user of the token has done to the tweet."""

    liked: bool
    disliked: bool
    retweeted: bool
    bookmarked: bool


class TweetMetrics(Struct, frozen=True, kw_only=True):
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
    public_metrics: TweetMetrics | UnsetType = UNSET
    reply_settings: ReplySettings | UnsetType = UNSET
    referenced_tweets: list[Reference] | UnsetType = UNSET
    referenced_posts: list[Reference] | UnsetType = UNSET
    viewer: Viewer | UnsetType = UNSET


class UserMetrics(Struct, frozen=True):
    followers_count: int
    following_count: int
    tweet_count: int
    post_count: int
    like_count: int = 0
    media_count: int = 0
    listed_count: int = 0


class UserUrls(Struct, frozen=True):
    urls: tuple[Url, ...]


class UserEntities(Struct, frozen=True):
    url: UserUrls | UnsetType = UNSET
    description: Entities | UnsetType = UNSET


class UserObject(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    username: str
    connection_status: list[str] | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    entities: UserEntities | UnsetType = UNSET
    location: str | UnsetType = UNSET
    pinned_tweet_id: str | UnsetType = UNSET
    pinned_post_id: str | UnsetType = UNSET
    protected: bool | UnsetType = UNSET
    public_metrics: UserMetrics | UnsetType = UNSET
    url: str | UnsetType = UNSET
    verified: bool | UnsetType = UNSET


class Variant(Struct, frozen=True):
    content_type: str
    url: str


class MediaMetrics(Struct, frozen=True):
    """Views are not counted."""

    view_count: int = 0


class MediaObject(Struct, frozen=True, kw_only=True):
    """A photo has `url`, the others have `variants`."""

    media_key: str
    type: MediaType
    url: str | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    duration_ms: int | UnsetType = UNSET
    alt_text: str | UnsetType = UNSET
    preview_image_url: str | UnsetType = UNSET
    variants: list[Variant] | UnsetType = UNSET
    public_metrics: MediaMetrics | UnsetType = UNSET


class Includes(Struct, frozen=True, omit_defaults=True):
    users: list[UserObject] = []
    tweets: list[TweetObject] = []
    posts: list[TweetObject] = []
    polls: list[PollObject] = []
    media: list[MediaObject] = []


class PartialError(Struct, frozen=True, kw_only=True):
    """One thing of several that could not be had, in an answer that is otherwise good."""

    title: str
    detail: str
    type: str
    resource_type: str
    parameter: str
    resource_id: str
    value: str
    section: Literal["includes"] | UnsetType = UNSET


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    result_count: int
    newest_id: str | None = None
    oldest_id: str | None = None
    next_token: str | None = None
    previous_token: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """Every 2xx body."""

    data: Any | UnsetType = UNSET
    includes: Includes | UnsetType = UNSET
    errors: list[PartialError] | UnsetType = UNSET
    meta: Page | UnsetType = UNSET


class RuleObject(Struct, frozen=True):
    id: str
    value: str
    tag: str


class RulesAdded(Struct, frozen=True):
    created: int
    not_created: int
    valid: int
    invalid: int


class RulesDeleted(Struct, frozen=True):
    deleted: int
    not_deleted: int


class RulesPage(Page, frozen=True, kw_only=True):
    """`sent` is the time of the answer."""

    sent: str
    summary: RulesAdded | RulesDeleted | None = None


class RulesOfApp(Struct, frozen=True):
    client_app_id: str
    rule_count: int


class RuleCounts(Struct, frozen=True):
    """In X's words; here each user is an app and a project."""

    cap_per_client_app: str
    cap_per_project: str
    client_app_rules_count: RulesOfApp
    project_rules_count: str


class MatchingRule(Struct, frozen=True):
    id: str
    tag: str


class CreatedTweet(Struct, frozen=True):
    id: str
    text: str
    edit_history_tweet_ids: list[str]
    edit_history_post_ids: list[str]


class Deleted(Struct, frozen=True):
    deleted: bool


class Hidden(Struct, frozen=True):
    hidden: bool


class RetweetTweet(Command, frozen=True):
    tweet_id: IdText


class Retweeted(Struct, frozen=True):
    """`rest_id` is the id of the retweet."""

    retweeted: bool
    rest_id: str | UnsetType = UNSET


class Following(Struct, frozen=True):
    """`pending_follow`: asked for, since the account is protected."""

    following: bool
    pending_follow: bool | UnsetType = UNSET


class ListObject(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set, beside the first two."""

    id: str
    name: str
    created_at: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    follower_count: int | UnsetType = UNSET
    member_count: int | UnsetType = UNSET
    owner_id: str | UnsetType = UNSET
    private: bool | UnsetType = UNSET


class CreatedList(Struct, frozen=True):
    id: str
    name: str


class Updated(Struct, frozen=True):
    updated: bool


class IsMember(Struct, frozen=True):
    is_member: bool


class RequestAnswered(Struct, frozen=True):
    accepted: bool


class Blocking(Struct, frozen=True):
    blocking: bool


class Muting(Struct, frozen=True):
    muting: bool


class VersionObject(Struct, frozen=True):
    id: str
    text: str
    created_at: str


class NotificationObject(Struct, frozen=True, kw_only=True):
    """`tweet_id` is the tweet that answers, quotes or mentions you, or yours that was marked.

    `actor_ids` are the newest of `actor_count` who did it.
    """

    id: str
    type: NoticeKind
    created_at: str
    actor_ids: list[str]
    actor_count: int
    unread: bool
    tweet_id: str | UnsetType = UNSET
    post_id: str | UnsetType = UNSET


class NotificationsPage(Page, frozen=True, kw_only=True):
    unread_count: int


class UnreadCount(Struct, frozen=True):
    unread_count: int


class ReadNotifications(Command, frozen=True):
    until: IdText


class ReadMarker(Struct, frozen=True):
    read: bool
    until: str


class CountObject(Struct, frozen=True):
    start: str
    end: str
    tweet_count: int
    post_count: int


class CountsPage(Page, frozen=True, kw_only=True):
    total_tweet_count: int
    total_post_count: int


class TrendObject(Struct, frozen=True):
    """The counts are of the window; `score` is how far above the expected they are, in standard
    deviations."""

    trend_name: str
    tweet_count: int
    post_count: int
    people_count: int
    score: float


class ChangeObject(Struct, frozen=True):
    gained: int
    lost: int


class TimestampedChanges(Struct, frozen=True):
    timestamp: str
    metrics: dict[str, ChangeObject]


class TopTweetObject(Struct, frozen=True):
    """`metrics` and their sum `engagements`: gained in the time, less what was lost."""

    id: str
    engagements: int
    metrics: dict[str, int]


class UserAnalytics(Struct, frozen=True):
    """A time begins at its `timestamp`; times in which nothing happened are left out."""

    id: str
    timestamped_metrics: list[TimestampedChanges]
    totals: dict[str, ChangeObject]
    top_tweets: list[TopTweetObject]


class GainedMetrics(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set. `engagements` is all that was gained."""

    engagements: int | UnsetType = UNSET
    likes: int | UnsetType = UNSET
    unlikes: int | UnsetType = UNSET
    retweets: int | UnsetType = UNSET
    unretweets: int | UnsetType = UNSET
    replies: int | UnsetType = UNSET
    replies_deleted: int | UnsetType = UNSET
    quote_tweets: int | UnsetType = UNSET
    quote_tweets_deleted: int | UnsetType = UNSET
    bookmarks: int | UnsetType = UNSET
    unbookmarks: int | UnsetType = UNSET


class TimestampedMetrics(Struct, frozen=True):
    timestamp: str
    metrics: GainedMetrics


class TweetAnalytics(GainedMetrics, frozen=True, kw_only=True):
    """The metrics by time or, with granularity `total`, their sums beside the id."""

    id: str
    timestamped_metrics: list[TimestampedMetrics] | UnsetType = UNSET


class ProblemObject(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem+json; `errors` repeats the message where X clients look for it."""

    title: str
    detail: str
    type: str
    status: int
    errors: list[dict[str, Any]] = []


FieldList = Annotated[str, Meta(max_length=1_000, description="names, separated by commas")]
MaxResults = Annotated[int, Meta(ge=1, le=100)]
Exclude = Annotated[str, Meta(pattern="^(replies|retweets)(,(replies|retweets))?$")]
PageToken = Annotated[str, Meta(max_length=64)]
AsOf = Annotated[
    str, Meta(max_length=40, description="a time (RFC 3339) or an id: answer as all was then")
]
LongToken = Annotated[str, Meta(max_length=2_000)]


def _query_name(field: str) -> str:
    return field.replace("_fields", ".fields")


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_query_name):
    """The parameters behind the question mark."""


class Fields(Query, frozen=True):
    """Which fields to answer with: query parameters that every read of tweets or users takes."""

    tweet_fields: FieldList | None = None
    post_fields: FieldList | None = None
    user_fields: FieldList | None = None
    media_fields: FieldList | None = None
    poll_fields: FieldList | None = None
    place_fields: FieldList | None = None
    expansions: FieldList | None = None


class Lookup(Fields, frozen=True):
    pass


class TweetQuery(Fields, frozen=True):
    as_of: AsOf | None = None


class IdsLookup(Fields, frozen=True, kw_only=True):
    ids: Annotated[str, Meta(pattern="^[0-9]{1,19}(,[0-9]{1,19}){0,99}$")]


class UsernamesLookup(Fields, frozen=True, kw_only=True):
    usernames: Annotated[str, Meta(pattern="^[A-Za-z0-9_]{1,15}(,[A-Za-z0-9_]{1,15}){0,99}$")]


class MentionsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None
    since_id: IdText | None = None
    until_id: IdText | None = None
    start_time: str | None = None
    end_time: str | None = None


class TimelineQuery(MentionsQuery, frozen=True):
    exclude: Exclude | None = None


class UserTimelineQuery(TimelineQuery, frozen=True):
    as_of: AsOf | None = None


class NotificationsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class MarksQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class AnalyticsQuery(Query, frozen=True, kw_only=True):
    start_time: str | None = None
    end_time: str | None = None
    granularity: Literal["daily", "weekly", "total"] | None = None


class TweetAnalyticsQuery(AnalyticsQuery, frozen=True, kw_only=True):
    ids: Annotated[str, Meta(pattern="^[0-9]{1,19}(,[0-9]{1,19}){0,99}$")]
    analytics_fields: FieldList | None = None


class RepliesQuery(Fields, frozen=True):
    sort_order: Literal["recency", "likes"] | None = None
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class ThreadQuery(RepliesQuery, frozen=True):
    as_of: AsOf | None = None


class StreamQuery(Fields, frozen=True):
    pass


class ChangeRulesQuery(Query, frozen=True):
    dry_run: bool = False
    delete_all: bool = False


class RulesQuery(Query, frozen=True):
    ids: Annotated[str, Meta(pattern="^[0-9]{1,19}(,[0-9]{1,19}){0,999}$")] | None = None
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    pagination_token: PageToken | None = None


class RuleCountsQuery(Query, frozen=True):
    rules_count_fields: FieldList | None = None


class ListLookup(Fields, frozen=True):
    list_fields: FieldList | None = None


class ListsQuery(ListLookup, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class MembersQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class Spanned(Fields, frozen=True, kw_only=True):
    """A search query with what bounds it in time."""

    query: Annotated[str, Meta(min_length=1, max_length=4_096)]
    since_id: IdText | None = None
    until_id: IdText | None = None
    start_time: str | None = None
    end_time: str | None = None
    next_token: LongToken | None = None
    pagination_token: LongToken | None = None


class SearchQuery(Spanned, frozen=True, kw_only=True):
    max_results: Annotated[int, Meta(ge=10, le=100)] | None = None
    sort_order: Literal["recency", "relevancy"] = "recency"


class CountsQuery(Spanned, frozen=True, kw_only=True):
    granularity: Literal["minute", "hour", "day"] = "hour"
    search_count_fields: FieldList | None = None


class WorldTrendsQuery(Query, frozen=True):
    max_trends: Annotated[int, Meta(ge=1, le=50)] | None = None
    trend_fields: FieldList | None = None


class TrendsQuery(WorldTrendsQuery, frozen=True):
    window_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None


class UserSearchQuery(Fields, frozen=True, kw_only=True):
    query: Annotated[str, Meta(min_length=1, max_length=50)]
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    next_token: LongToken | None = None
    pagination_token: LongToken | None = None


class FollowsQuery(Fields, frozen=True):
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    pagination_token: PageToken | None = None


class RetweetsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class QuotesQuery(RetweetsQuery, frozen=True):
    exclude: Exclude | None = None


class FormCommand(Command, frozen=True):
    """A body that may also come as a form, where bytes are a file; in JSON they are base64."""


MediaCategory = Literal["tweet_image", "tweet_gif", "tweet_video", "amplify_video"]
MediaContentType = Literal[
    "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/quicktime"
]
SegmentNumber = Annotated[int, Meta(ge=0, le=999)]
ByteCount = Annotated[int, Meta(ge=1, le=2**40)]


class UploadMedia(FormCommand, frozen=True):
    media: bytes
    media_category: MediaCategory | None = None
    media_type: MediaContentType | None = None


class InitializeUpload(FormCommand, frozen=True):
    media_type: MediaContentType
    total_bytes: ByteCount
    media_category: MediaCategory | None = None


class AppendSegment(FormCommand, frozen=True):
    media: bytes
    segment_index: SegmentNumber


class LegacyUpload(FormCommand, frozen=True):
    """API v1.1: which fields there must be depends on `command`; without one it is the media."""

    command: Literal["INIT", "APPEND", "FINALIZE"] | None = None
    media: bytes | None = None
    media_category: MediaCategory | None = None
    media_type: MediaContentType | None = None
    total_bytes: ByteCount | None = None
    media_id: IdText | None = None
    segment_index: SegmentNumber | None = None


class UploadStatus(Query, frozen=True, kw_only=True):
    media_id: IdText
    command: Literal["STATUS"] = "STATUS"


class AltText(Command, frozen=True):
    text: Annotated[str, Meta(max_length=1_000)]


class MediaFacts(Command, frozen=True):
    alt_text: AltText | None = None


class DescribeMedia(Command, frozen=True):
    id: IdText
    metadata: MediaFacts


class LegacyDescribeMedia(Command, frozen=True):
    media_id: IdText | Annotated[int, Meta(ge=0, le=2**63 - 1)]
    alt_text: AltText


class DescribedMedia(Struct, frozen=True):
    id: str
    associated_metadata: dict[str, dict[str, str]]


class ImageSize(Struct, frozen=True):
    image_type: str
    w: int
    h: int


class VideoType(Struct, frozen=True):
    video_type: str


class Processing(Struct, frozen=True):
    state: Literal["pending", "succeeded"]
    check_after_secs: int | UnsetType = UNSET
    progress_percent: int | UnsetType = UNSET


class UploadObject(Struct, frozen=True, kw_only=True):
    """`size` in bytes, once all are there."""

    id: str
    media_key: str
    expires_after_secs: int
    size: int | UnsetType = UNSET
    image: ImageSize | UnsetType = UNSET
    video: VideoType | UnsetType = UNSET
    processing_info: Processing | UnsetType = UNSET


class LegacyUploadObject(Struct, frozen=True, kw_only=True):
    """API v1.1 answers with this alone, without `data` around it."""

    media_id: int
    media_id_string: str
    media_key: str
    expires_after_secs: int
    size: int | UnsetType = UNSET
    image: ImageSize | UnsetType = UNSET
    video: VideoType | UnsetType = UNSET
    processing_info: Processing | UnsetType = UNSET


class AppendedSegment(Struct, frozen=True):
    """Seconds since the Unix epoch, after which an unfinished upload is gone."""

    expires_at: int


class MediaFields(Fields, frozen=True):
    pass


class MediaLookup(Fields, frozen=True, kw_only=True):
    media_keys: Annotated[
        str, Meta(pattern="^[0-9]{1,2}_[0-9]{1,39}(,[0-9]{1,2}_[0-9]{1,39}){0,99}$")
    ]
