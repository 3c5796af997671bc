"""Photos and videos: how they are shown, and what is said of them."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import Command, Fields, IdText, Ignored, whole
from schemas.media import MediaType


class Variant(Struct, frozen=True):
    """`bit_rate` in bits per second; 0 for a GIF, as X has it. Not set where it is not known."""

    content_type: str
    url: str
    bit_rate: int | UnsetType = UNSET


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


class AltText(Command, frozen=True):
    text: Annotated[str, Meta(max_length=1_000)]


class MediaFacts(Command, frozen=True):
    """What X takes beside the text is taken too, and does nothing: there are no warnings here, and
    nobody is kept from media but by their key."""

    alt_text: AltText | None = None
    allow_download_status: Ignored = None
    audience_policy: Ignored = None
    content_expiration: Ignored = None
    domain_restrictions: Ignored = None
    found_media_origin: Ignored = None
    geo_restrictions: Ignored = None
    management_info: Ignored = None
    preview_image: Ignored = None
    sensitive_media_warning: Ignored = None
    shared_info: Ignored = None
    sticker_info: Ignored = None
    upload_source: Ignored = None


class DescribeMedia(Command, frozen=True):
    id: IdText
    metadata: MediaFacts | None = None


class LegacyDescribeMedia(Command, frozen=True):
    media_id: IdText | Annotated[int, Meta(ge=0, le=2**63 - 1)]
    alt_text: AltText


class DescribedMedia(Struct, frozen=True):
    id: str
    associated_metadata: dict[str, dict[str, str]]


class MediaFields(Fields, frozen=True):
    pass


class MediaLookup(Fields, frozen=True, kw_only=True):
    media_keys: Annotated[
        str, Meta(pattern=whole("[0-9]{1,2}_[0-9]{1,39}(,[0-9]{1,2}_[0-9]{1,39}){0,99}"))
    ]
