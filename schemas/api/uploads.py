"""Uploading photos and videos, as API v2 and v1.1 have it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import FormCommand, IdText, Query, QueryCommand

MediaCategory = Literal["tweet_image", "tweet_gif", "tweet_video", "amplify_video"]
OldMediaCategory = Literal["TweetImage", "TweetGif", "TweetVideo"]
MediaContentType = Literal[
    "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/quicktime"
]
SegmentNumber = Annotated[int, Meta(ge=0, le=999)]
OwnersText = Annotated[str, Meta(max_length=2_000)]
ByteCount = Annotated[int, Meta(ge=1, le=2**40)]


class Begun(FormCommand, frozen=True, kw_only=True):
    """Who else X would let use it. Here only its owner can: the names are taken, and do nothing."""

    additional_owners: list[IdText] | OwnersText | None = None
    shared: bool = False

    def __post_init__(self) -> None:
        if self.shared:
            raise ValueError("`shared`: media cannot be shared here")


class InitializeUpload(Begun, frozen=True):
    media_type: MediaContentType
    total_bytes: ByteCount
    media_category: MediaCategory | None = None


class AppendSegment(FormCommand, frozen=True):
    media: bytes
    segment_index: SegmentNumber


class UploadMedia(Begun, QueryCommand, frozen=True):
    """Which fields there must be depends on `command`; without one it is the media."""

    command: Literal["INIT", "APPEND", "FINALIZE"] | None = None
    media: bytes | None = None
    media_category: MediaCategory | OldMediaCategory | None = None
    media_type: MediaContentType | None = None
    total_bytes: ByteCount | None = None
    media_id: IdText | None = None
    segment_index: SegmentNumber | None = None

    @property
    def category(self) -> MediaCategory | None:
        """twitter-api-v2 uses the names that categories once had."""
        match self.media_category:
            case "TweetImage":
                return "tweet_image"
            case "TweetGif":
                return "tweet_gif"
            case "TweetVideo":
                return "tweet_video"
            case category:
                return category


class UploadStatus(Query, frozen=True, kw_only=True):
    media_id: IdText
    command: Literal["STATUS"] = "STATUS"


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
