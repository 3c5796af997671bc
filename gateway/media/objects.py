"""What all object stores say in the same way."""

from collections.abc import AsyncIterator

from schemas.explained import Explained

CHUNK_BYTES = 256 * 1024


class ObjectMissing(LookupError):
    """There is no object of that name."""


class StoreAway(Explained):
    """The object store does not do its work now; the text says what it said."""


TRANSIENT: tuple[type[Exception], ...] = (StoreAway,)


async def once(data: bytes) -> AsyncIterator[bytes]:
    """Bytes at hand, as a store takes them."""
    yield data
