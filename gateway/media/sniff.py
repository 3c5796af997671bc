"""What bytes are, by what stands at their beginning and nothing else."""

from schemas.media import MediaType

HEAD_BYTES = 64
"""So many suffice."""

VIDEO_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"}
    | {b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"dash", b"cmfc", b"MSNV", b"M4V ", b"f4v "}
    | {b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"3g2b", b"3g2c", b"XAVC"}
)
"""Audio (`M4A `) and still images (`heic`, `avif`) come in the same container."""


def content_type_of(head: bytes) -> str | None:
    """One of the six that are taken, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "video/quicktime" if brand == b"qt  " else _mp4(brand)
    return None


def _mp4(brand: bytes) -> str | None:
    return "video/mp4" if brand in VIDEO_BRANDS else None


def type_of(content_type: str, category: str | None) -> MediaType:
    """A GIF is an animation unless it is sent as an image."""
    if content_type.startswith("video/"):
        return "video"
    return "animated_gif" if content_type == "image/gif" and category != "tweet_image" else "photo"
