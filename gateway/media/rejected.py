"""Why bytes are not taken."""

from collections.abc import Iterator

MAX_PARTS = 20_000


class MediaRejected(ValueError):
    """The text says what is wrong with the bytes, to whoever sent them."""


def limited(what: str, parts: str, most: int = MAX_PARTS) -> Iterator[int]:
    """A turn for each part; raises `MediaRejected` when there are more than `most`."""
    yield from range(most)
    raise MediaRejected(f"{what} has more than {most:,} {parts}")
