"""What happens to an upload while it is being put together, and to one that fails."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.media import photos, room
from gateway.media.desk import VIDEOS_AT_ONCE, Desk, name_of
from gateway.media.folder import Folder
from gateway.media.objects import ObjectMissing
from gateway.media.photos import IN_MEMORY
from gateway.media.refusals import refusals
from gateway.media.rejected import MediaRejected
from gateway.media.rows import Upload
from gateway.media.sniff import HEAD_BYTES
from gateway.problems import Problem
from projections.stores import Stores
from schemas.servers import Servers
from tests.gateway.problems import assert_problem
from tests.media import pictures
from tests.media.conftest import OWNER
from tests.media.test_stores import whole
from tests.media.test_uploads import upload
from tests.person import Person

WAIT_SECONDS = 10.0
TAKEN = pictures.photo("PNG")


class Watched(Folder):
    """Counts what is read, and does what is to happen before something finished is put, and when
    the segments of an upload have been deleted."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        (root / "partial").mkdir(parents=True)
        self.root = root
        self.heads = self.wholes = 0
        self.happens: Callable[[], Awaitable[None]] | None = None
        self.happens_then: Callable[[str], Awaitable[None]] | None = None

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        async for chunk in super().read(name, start, end):
            yield chunk
        self.heads += end == HEAD_BYTES
        self.wholes += end == len(TAKEN)

    async def put(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        if name.startswith("media/") and self.happens is not None:
            await self.happens()
        await super().put(name, chunks)

    async def delete_below(self, name: str) -> None:
        await super().delete_below(name)
        if self.happens_then is not None:
            await self.happens_then(name)


@pytest.fixture
def store(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "media")


@pytest.fixture
def desk(stores: Stores, store: Watched, owner: int) -> Desk:
    return Desk(stores.postgres, store)


async def sent(
    desk: Desk, media_id: int, data: bytes = TAKEN, content_type: str = "image/png"
) -> Upload:
    """An upload of which all has come."""
    await desk.rows.remove(media_id)
    upload = await desk.begin(media_id, OWNER, content_type, None, len(data))
    await desk.append(upload, 0, data)
    return upload


async def let_expire(stores: Stores, media_id: int) -> None:
    await stores.postgres.execute(
        "UPDATE media SET expires_at = now() WHERE media_id = $1", media_id
    )


async def somebody_waits_for_a_lock(stores: Stores) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await stores.postgres.fetchval("SELECT 1 FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)


async def test_an_upload_that_expires_while_it_is_put_together_leaves_nothing(
    desk: Desk, store: Watched, stores: Stores
) -> None:
    upload = await sent(desk, 51)

    async def expire() -> None:
        await let_expire(stores, 51)
        await desk.forget_expired()

    store.happens = expire
    with pytest.raises(LookupError, match="expired"):
        await desk.finish(upload)
    with pytest.raises(ObjectMissing):
        await whole(store, name_of(upload.media_key))


async def test_an_upload_that_has_expired_is_not_made_ready_again(
    desk: Desk, store: Watched, stores: Stores
) -> None:
    upload = await sent(desk, 52)
    store.happens = lambda: let_expire(stores, 52)
    with pytest.raises(LookupError, match="expired"):
        await desk.finish(upload)
    assert not await stores.postgres.fetchval("SELECT ready FROM media WHERE media_id = 52")


@pytest.mark.parametrize("media_id", [55, 56])
async def test_a_segment_that_comes_while_its_upload_is_removed_leaves_nothing(
    desk: Desk, store: Watched, stores: Stores, media_id: int
) -> None:
    """Its bytes were in no row, so that nothing counted or ever removed them."""
    expires = media_id == 55
    upload = await sent(desk, media_id, TAKEN if expires else TAKEN[: len(TAKEN) // 2])
    refused: list[LookupError] = []

    async def append(name: str) -> None:
        if name == f"uploads/{media_id}":
            try:
                await desk.append(upload, 0, b"?")
            except LookupError as error:
                refused.append(error)

    store.happens_then = append
    if expires:
        await let_expire(stores, media_id)
        await desk.forget_expired()
    else:
        with pytest.raises(MediaRejected):
            await desk.finish(upload)
    assert len(refused) == 1
    assert not list(store.root.glob(f"uploads/{media_id}/*"))
    assert not await stores.postgres.fetchval("SELECT 1 FROM media WHERE media_id = $1", media_id)


async def test_a_segment_is_refused_when_its_upload_expires_while_it_waits(
    desk: Desk, store: Watched, stores: Stores
) -> None:
    upload = await sent(desk, 57)
    async with stores.postgres.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM media WHERE media_id = 57 FOR UPDATE")
        appending = asyncio.create_task(desk.append(upload, 0, TAKEN))
        await somebody_waits_for_a_lock(stores)
        await connection.execute(
            "UPDATE media SET expires_at = clock_timestamp() WHERE media_id = 57"
        )
    with pytest.raises(LookupError, match="no segments any more"):
        await appending


async def test_what_a_tweet_keeps_in_the_last_moment_stays(
    desk: Desk, store: Watched, stores: Stores
) -> None:
    """It had not expired when it was kept, and has when others look for what did."""
    upload = await sent(desk, 53)
    await desk.finish(upload)
    await let_expire(stores, 53)
    async with stores.postgres.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE media SET kept = true WHERE media_id = 53")
        forgetting = asyncio.create_task(desk.forget_expired())
        await somebody_waits_for_a_lock(stores)
    await forgetting
    row = await stores.postgres.fetchrow("SELECT ready, kept FROM media WHERE media_id = 53")
    assert row is not None
    assert (row["ready"], row["kept"]) == (True, True)
    assert await whole(store, name_of(upload.media_key))
    await desk.rows.remove(53)
    assert await desk.rows.of(53, OWNER) is not None
    await stores.postgres.execute("UPDATE media SET kept = false WHERE media_id = 53")


async def test_no_photo_is_read_before_its_turn(desk: Desk, store: Watched) -> None:
    uploads = [await sent(desk, 60 + number) for number in range(3 * IN_MEMORY)]
    others_at_work = asyncio.Event()
    go_on = asyncio.Event()
    at_work = 0

    async def wait() -> None:
        nonlocal at_work
        at_work += 1
        if at_work == IN_MEMORY:
            others_at_work.set()
        await go_on.wait()

    store.happens = wait
    finishing = [asyncio.create_task(desk.finish(upload)) for upload in uploads]
    async with asyncio.timeout(WAIT_SECONDS):
        await others_at_work.wait()
        while store.heads < len(uploads):
            await asyncio.sleep(0.01)
    assert (at_work, store.wholes) == (IN_MEMORY, IN_MEMORY)
    go_on.set()
    await asyncio.gather(*finishing)


async def test_no_video_is_examined_before_its_turn_and_none_waits_for_ever(
    desk: Desk, store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = pictures.video()
    others_at_work, go_on = asyncio.Event(), asyncio.Event()
    at_work = 0

    async def wait() -> None:
        nonlocal at_work
        at_work += 1
        if at_work == VIDEOS_AT_ONCE:
            others_at_work.set()
        await go_on.wait()

    store.happens = wait
    uploads = [await sent(desk, 80 + n, taken, "video/mp4") for n in range(VIDEOS_AT_ONCE + 1)]
    late = uploads.pop()
    finishing = [asyncio.create_task(desk.finish(upload)) for upload in uploads]
    async with asyncio.timeout(WAIT_SECONDS):
        await others_at_work.wait()
    monkeypatch.setattr(room, "WAIT_SECONDS", 0.1)
    with pytest.raises(Problem, match="too many videos") as refused, refusals():
        await desk.finish(late)
    assert (refused.value.status, at_work) == (503, VIDEOS_AT_ONCE)
    go_on.set()
    await asyncio.gather(*finishing)
    await desk.finish(late)
    assert await desk.rows.of(late.media_id, OWNER) is not None


async def test_a_photo_sent_at_once_that_fails_counts_no_more(
    alice: Person, stores: Stores, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as slow:
        slow.setattr(photos, "CHECK_SECONDS", 0.0)
        assert_problem(await upload(alice, TAKEN), 503)
    rows = await stores.postgres.fetch(
        "SELECT media_id, expires_at > now() AS counts FROM media WHERE owner = $1", int(alice.id)
    )
    assert [row["counts"] for row in rows] == [False]
    assert not (Path(servers.media) / "uploads" / str(rows[0]["media_id"])).exists()
    assert (await upload(alice, TAKEN)).status == 200


async def test_an_upload_is_given_up_although_its_client_goes(
    desk: Desk, store: Watched, stores: Stores
) -> None:
    upload = await sent(desk, 54)
    giving_up = asyncio.create_task(desk.give_up(upload))
    await asyncio.sleep(0)
    giving_up.cancel()
    async with asyncio.timeout(WAIT_SECONDS):
        while await desk.rows.of(54, OWNER) is not None or list(store.root.glob("uploads/54/*")):
            await asyncio.sleep(0.01)


async def test_nothing_is_uploaded_for_an_account_that_was_closed_meanwhile(desk: Desk) -> None:
    with pytest.raises(Problem, match="closed") as refused:
        await desk.begin(44, 8, "image/png", None, 10)
    assert refused.value.status == 401
