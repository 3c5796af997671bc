"""Objects in a bucket of any store that speaks S3."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as ConnectionFailed
from botocore.exceptions import BotoCoreError, ClientError

from gateway.media.objects import CHUNK_BYTES, ObjectMissing, StoreAway

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
PART_BYTES = 8 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
CONNECTIONS = 32
AT_ONCE = 16
GONE = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}

_UNREACHED = (BotoCoreError, ConnectionFailed, OSError)


class Bucket:
    """What is larger than `PART_BYTES` goes up in parts, of which one is in memory."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def put(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        parts = _parts(chunks)
        first = await anext(parts, b"")
        with _answering(name):
            if len(first) < PART_BYTES:
                await self._client.put_object(Bucket=self._bucket, Key=name, Body=first)
            else:
                await self._put_parts({"Bucket": self._bucket, "Key": name}, first, parts)

    async def _put_parts(
        self, place: dict[str, str], first: bytes, parts: AsyncIterator[bytes]
    ) -> None:
        upload = (await self._client.create_multipart_upload(**place))["UploadId"]
        try:
            sent = [await self._part(place, upload, 1, first)]
            async for part in parts:
                sent.append(await self._part(place, upload, len(sent) + 1, part))
            await self._client.complete_multipart_upload(
                **place, UploadId=upload, MultipartUpload={"Parts": sent}
            )
        except BaseException:
            await self._abort(place, upload)
            raise

    async def _abort(self, place: dict[str, str], upload: str) -> None:
        """Raises nothing of its own: what went wrong before is what the caller has to know."""
        try:
            await self._client.abort_multipart_upload(**place, UploadId=upload)
        except (ClientError, *_UNREACHED) as error:
            logger.warning("parts of %s may be left: %r", place["Key"], error)

    async def _part(
        self, place: dict[str, str], upload: str, number: int, data: bytes
    ) -> dict[str, Any]:
        answer = await self._client.upload_part(
            **place, UploadId=upload, PartNumber=number, Body=data
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """A piece at a time, which waits in memory: no connection waits for a slow reader."""
        while end is None or start < end:
            last = start + PIECE_BYTES if end is None else min(start + PIECE_BYTES, end)
            piece, size = await self._piece(name, start, last)
            for place in range(0, len(piece), CHUNK_BYTES):
                yield piece[place : place + CHUNK_BYTES]
            start = last
            end = size if end is None else min(end, size)

    async def _piece(self, name: str, start: int, end: int) -> tuple[bytes, int]:
        """And the size of the whole object."""
        wanted = f"bytes={start}-{end - 1}"
        with _answering(name):
            answer = await self._client.get_object(Bucket=self._bucket, Key=name, Range=wanted)
            async with answer["Body"] as body:
                return await body.read(), int(answer["ContentRange"].rpartition("/")[2])

    async def delete(self, name: str) -> None:
        with suppress(ObjectMissing), _answering(name):  # some say so, S3 does not
            await self._client.delete_object(Bucket=self._bucket, Key=name)

    async def delete_below(self, name: str) -> None:
        pages = self._client.get_paginator("list_objects_v2")
        with _answering(name):
            async for page in pages.paginate(Bucket=self._bucket, Prefix=f"{name}/"):
                await self._delete_all([found["Key"] for found in page.get("Contents", ())])

    async def _delete_all(self, names: Iterable[str]) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def delete(name: str) -> None:
            async with turns:
                await self.delete(name)

        await asyncio.gather(*(delete(name) for name in names))


async def _parts(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in parts of `PART_BYTES`, the last one perhaps shorter."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    if held:
        yield bytes(held)


@contextmanager
def _answering(name: str) -> Iterator[None]:
    """What the client raises, in the words of all stores."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            raise ObjectMissing(name) from error
        raise StoreAway(f"{name}: {error}") from error
    except _UNREACHED as error:
        raise StoreAway(f"{name}: {error!r}") from error


@asynccontextmanager
async def open_bucket(bucket: str) -> AsyncIterator[Bucket]:
    """Checksums only where S3 demands them: stores that only resemble it refuse the others."""
    config = AioConfig(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"total_max_attempts": 3, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    async with get_session().create_client("s3", config=config) as client:
        yield Bucket(client, bucket)
