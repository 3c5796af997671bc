"""A photo or video as events, views and answers name it; the bytes are in the object store."""

from typing import Literal

from msgspec import Struct

MediaType = Literal["photo", "video", "animated_gif"]


class Media(Struct, frozen=True, omit_defaults=True):
    """`media_key` names the bytes for ever. `width` and `height` in pixels, durations in
    milliseconds, `size` in bytes: 0 in events that are older than the field."""

    media_key: str
    type: MediaType
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    alt_text: str = ""
    content_type: str = ""
    size: int = 0
