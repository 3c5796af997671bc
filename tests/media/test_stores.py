"""Both stores keep what they are given, whole or not at all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.media.desk import Desk, name_of
from gateway.media.objects import ObjectMissing, StoreAway, once
from gateway.media.rows import TooLarge
from gateway.media.s3 import CONNECTIONS, PART_BYTES
from gateway.media.store import MediaStore, open_store
from projections.stores import Stores
from tests.media import pictures, s3proxy


@pytest.fixture(scope="module")
async def bucket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a bucket of a real server."""
    with pytest.MonkeyPatch.context() as patch:
        async with s3proxy.running(tmp_path_factory.mktemp("s3proxy")) as variables:
            for name, value in variables.items():
                patch.setenv(name, value)
            yield f"s3://{s3proxy.BUCKET}"


@pytest.fixture(params=["folder", "s3"])
async def store(
    request: pytest.FixtureRequest, bucket: str, tmp_path: Path
) -> AsyncIterator[MediaStore]:
    address = bucket if request.param == "s3" else str(tmp_path / "media")
    async with open_store(address) as store:
        yield store


async def whole(store: MediaStore, name: str, *part: int) -> bytes:
    return b"".join([chunk async for chunk in store.read(name, *part)])


async def test_what_is_put_is_there_in_whole_and_in_parts(store: MediaStore) -> None:
    data = bytes(range(256)) * 2_000
    await store.put("media/3_1", once(data))
    assert await whole(store, "media/3_1") == data
    for start, end in ((0, 1), (255, 257), (100_000, 400_000), (511_999, 512_000), (7, 7)):
        assert await whole(store, "media/3_1", start, end) == data[start:end]
    assert await whole(store, "media/3_1", 511_990) == data[511_990:]
    await store.put("media/3_1", once(b"other"))
    assert await whole(store, "media/3_1") == b"other"


async def test_what_is_larger_than_a_part(store: MediaStore) -> None:
    size, piece = 2 * PART_BYTES + 1_000, 300_001

    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, size, piece):
            yield bytes((place // piece % 251,)) * min(piece, size - place)

    await store.put("media/7_1", chunks())
    assert len(await whole(store, "media/7_1")) == size
    border = await whole(store, "media/7_1", PART_BYTES - 5, PART_BYTES + 5)
    assert border == bytes((PART_BYTES // piece,)) * 10
    await store.delete("media/7_1")


async def test_what_breaks_off_leaves_nothing(store: MediaStore) -> None:
    async def breaking(size: int) -> AsyncIterator[bytes]:
        yield bytes(size)
        raise ZeroDivisionError

    for size in (10, PART_BYTES + 10):
        with pytest.raises(ZeroDivisionError):
            await store.put("media/3_2", breaking(size))
        with pytest.raises(ObjectMissing):
            await whole(store, "media/3_2")


async def test_what_is_not_there(store: MediaStore) -> None:
    with pytest.raises(ObjectMissing):
        await whole(store, "media/3_404")
    with pytest.raises(ObjectMissing):
        await whole(store, "media/3_404", 5, 10)
    await store.delete("media/3_404")
    await store.delete_below("uploads/404")


async def test_all_below_a_name_is_deleted_and_nothing_else(store: MediaStore) -> None:
    for name in ("uploads/1/0-a", "uploads/1/1-b", "uploads/10/0-c", "media/3_3"):
        await store.put(name, once(b"x"))
    await store.delete_below("uploads/1")
    for name in ("uploads/1/0-a", "uploads/1/1-b"):
        with pytest.raises(ObjectMissing):
            await whole(store, name)
    assert await whole(store, "uploads/10/0-c") == await whole(store, "media/3_3") == b"x"


async def test_an_upload_through_the_desk(store: MediaStore, stores: Stores, owner: int) -> None:
    desk = Desk(stores.postgres, store)
    taken = pictures.video(payload=bytes(3_000_000))
    await desk.rows.remove(41)
    upload = await desk.begin(41, owner, "video/mp4", "tweet_video", len(taken))
    for number, place in enumerate(range(0, len(taken), 1_000_000)):
        await desk.append(upload, number, taken[place : place + 1_000_000])
    await desk.finish(upload)
    kept = await whole(store, name_of(upload.media_key))
    assert (len(kept), pictures.PLACE in kept) == (len(taken), False)
    with pytest.raises(LookupError):
        await desk.append(upload, 0, b"x")
    await stores.postgres.execute("UPDATE media SET expires_at = now() WHERE media_id = 41")
    await desk.forget_expired()
    assert await desk.rows.of(41, owner) is None
    with pytest.raises(ObjectMissing):
        await whole(store, name_of(upload.media_key))


async def test_of_a_segment_that_is_sent_again_the_last_one_is_kept(
    store: MediaStore, stores: Stores, owner: int
) -> None:
    desk = Desk(stores.postgres, store)
    await desk.rows.remove(43)
    upload = await desk.begin(43, owner, "image/png", None, 10)
    names = []
    for data in (b"12345", b"1234567890", b"12"):
        await desk.append(upload, 0, data)
        names += [segment.name for segment in await desk.rows.segments(43)]
    with pytest.raises(TooLarge):
        await desk.append(upload, 1, b"123456789")
    assert await whole(store, names[-1]) == b"12"
    for name in names[:-1]:
        with pytest.raises(ObjectMissing):
            await whole(store, name)


async def test_expired_segments_are_removed(store: MediaStore, stores: Stores, owner: int) -> None:
    desk = Desk(stores.postgres, store)
    await desk.rows.remove(42)
    upload = await desk.begin(42, owner, "image/png", None, 10)
    await desk.append(upload, 0, b"12345")
    (segment,) = await desk.rows.segments(42)
    assert await whole(store, segment.name) == b"12345"
    await stores.postgres.execute("UPDATE media SET expires_at = now() WHERE media_id = 42")
    await desk.forget_expired()
    with pytest.raises(ObjectMissing):
        await whole(store, segment.name)


async def test_readers_that_take_nothing_keep_nobody_waiting(bucket: str) -> None:
    async with open_store(bucket) as store, asyncio.timeout(60):
        await store.put("media/7_2", once(bytes(PART_BYTES + 1)))
        readers = [store.read("media/7_2") for _ in range(CONNECTIONS + 1)]
        for reader in readers:
            assert await anext(reader)
        assert len(await whole(store, "media/7_2")) == PART_BYTES + 1
        for reader in readers:
            await cast("AsyncGenerator[bytes]", reader).aclose()


async def test_a_store_that_says_there_was_nothing_to_delete(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 says 204 then; some that only resemble it say 404."""

    async def missing(_: web.Request) -> web.Response:
        said = "<Error><Code>NoSuchKey</Code></Error>"
        return web.Response(status=404, text=said, content_type="application/xml")

    app = web.Application()
    app.router.add_delete("/{path:.*}", missing)
    async with TestServer(app) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", str(server.make_url("")).rstrip("/"))
        async with open_store(bucket) as store:
            await store.delete("media/3_404")


async def test_what_a_store_says_at_last_hides_nothing_that_it_said_before(
    bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of an upload in parts that fails at its end, and then is not there to be given up."""

    def said(status: int, element: str) -> web.Response:
        return web.Response(status=status, text=element, content_type="application/xml")

    async def begin_or_end(request: web.Request) -> web.Response:
        if "uploads" in request.query:
            begun = "<UploadId>1</UploadId>"
            return said(
                200, f"<InitiateMultipartUploadResult>{begun}</InitiateMultipartUploadResult>"
            )
        return said(400, "<Error><Code>IncompleteBody</Code></Error>")

    async def part(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(headers={"ETag": '"1"'})

    async def give_up(_: web.Request) -> web.Response:
        return said(404, "<Error><Code>NoSuchUpload</Code></Error>")

    app = web.Application(client_max_size=2 * PART_BYTES)
    app.router.add_post("/{path:.*}", begin_or_end)
    app.router.add_put("/{path:.*}", part)
    app.router.add_delete("/{path:.*}", give_up)
    async with TestServer(app) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", str(server.make_url("")).rstrip("/"))
        async with open_store(bucket) as store:
            with pytest.raises(StoreAway, match="IncompleteBody"):
                await store.put("media/7_5", once(bytes(PART_BYTES)))
    assert "NoSuchUpload" in caplog.text


async def test_a_bucket_out_of_reach(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    async with open_store(bucket) as store:
        with pytest.raises(StoreAway):
            await store.put("media/3_4", once(b"x"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    async with open_store(bucket) as store:
        with pytest.raises(StoreAway):
            await store.put("media/3_4", once(b"x"))
        with pytest.raises(StoreAway):
            await whole(store, "media/3_4")


async def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    async with open_store(str(tmp_path / "media")) as store:
        (tmp_path / "media" / "partial").rmdir()
        with pytest.raises(StoreAway):
            await store.put("media/3_4", once(b"x"))


async def test_what_a_disk_refuses(tmp_path: Path) -> None:
    too_long = "x" * 300
    async with open_store(str(tmp_path / "media")) as store:
        with pytest.raises(StoreAway):
            await whole(store, too_long)
        with pytest.raises(StoreAway):
            await store.delete(too_long)
        with pytest.raises(StoreAway):
            await store.delete_below(too_long)


async def test_a_disk_that_cannot_read_what_it_has(tmp_path: Path) -> None:
    async with open_store(str(tmp_path / "media")) as store:
        (tmp_path / "media" / "3_6").symlink_to("/proc/self/mem")  # nobody reads its first byte
        with pytest.raises(StoreAway):
            await whole(store, "3_6", 0, 1)
