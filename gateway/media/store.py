"""Where bytes are kept, whatever keeps them."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gateway.media.folder import open_folder
from gateway.media.objects import ObjectMissing
from gateway.media.s3 import open_bucket

__all__ = ["MediaStore", "ObjectMissing", "open_store"]


class MediaStore(Protocol):
    """Names are of our making: letters, digits and `_-`, in parts divided by `/`.

    All raise `StoreAway` while the store does not do its work.
    """

    async def put(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        """Whole or not at all; replaces what had the name."""

    def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, without, `end`. Raises `ObjectMissing`."""

    async def delete(self, name: str) -> None:
        """Harmless when there is none."""

    async def delete_below(self, name: str) -> None:
        """All whose names begin with `name/`."""


def open_store(address: str) -> AbstractAsyncContextManager[MediaStore]:
    """A folder's path, or `s3://BUCKET`, whose endpoint and keys are in the usual AWS variables."""
    scheme, found, bucket = address.partition("://")
    if found and scheme == "s3":
        return open_bucket(bucket)
    return open_folder(address)
