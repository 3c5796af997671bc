"""Photos, GIFs and videos as the API shows them."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from schemas.api.media import MediaMetrics, MediaObject, Variant
from schemas.media import Media

PATH = "/media/{media_key}"


def media_object(media: Media, fields: frozenset[str], address: str) -> MediaObject:
    """`address` is where the gateway is reached, without a slash at its end."""
    url = address + PATH.format(media_key=media.media_key)
    photo, video = media.type == "photo", media.type == "video"
    variant = Variant(content_type=media.content_type, url=url, bit_rate=_bit_rate(media))
    return MediaObject(
        media_key=media.media_key,
        type=media.type,
        url=url if photo and "url" in fields else UNSET,
        width=media.width if "width" in fields else UNSET,
        height=media.height if "height" in fields else UNSET,
        duration_ms=media.duration_ms if video and "duration_ms" in fields else UNSET,
        alt_text=media.alt_text if media.alt_text and "alt_text" in fields else UNSET,
        preview_image_url=(
            url if media.type == "animated_gif" and "preview_image_url" in fields else UNSET
        ),
        variants=UNSET if photo or "variants" not in fields else [variant],
        public_metrics=MediaMetrics() if video and "public_metrics" in fields else UNSET,
    )


def _bit_rate(media: Media) -> int | UnsetType:
    if media.type == "animated_gif":
        return 0
    if not (media.size and media.duration_ms):
        return UNSET
    return media.size * 8 * 1_000 // media.duration_ms


def media_objects(
    media: Iterable[Media], fields: frozenset[str], address: str
) -> list[MediaObject]:
    """Each once, in the order of first appearance."""
    different = {each.media_key: each for each in media}
    return [media_object(each, fields, address) for each in different.values()]
