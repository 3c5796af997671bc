"""Taking a snapshot while everything runs."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from shutil import rmtree

from events.clock import now_ms
from events.positions import Partition
from events.tasks import cancel_all
from gateway.log_ends import log_ends
from gateway.media.desk import name_of
from gateway.media.objects import ObjectMissing
from gateway.media.store import MediaStore
from projections.postgres import Connection, Pool
from schemas.servers import MEDIA
from schemas.topics import DEAD_LETTERS, TOPICS
from streams.snapshot import manifest, records, tables
from streams.snapshot.manifest import FORMAT, LogFile, Manifest, SnapshotRefused, sum_of

AT_ONCE = 4
"""Partitions that are read at the same time."""

TOPIC_NAMES = (*(topic.name for topic in TOPICS), DEAD_LETTERS)


async def take(pool: Pool, bootstrap: str, media: MediaStore | None, folder: Path) -> Manifest:
    """Writes all of it into `folder`, which is made, and must be empty if it is there.

    `media` is None where the bytes stay where they are. Raises `SnapshotRefused`, and
    `LogUnavailable` when Kafka does not answer while writers wait.
    """
    async with AsyncExitStack() as until_done:
        async with log_ends(bootstrap, *TOPIC_NAMES) as log_end:
            await log_end.now()  # so that it is connected before writers wait
            until_done.enter_context(prepared(folder))
            taken_at = now_ms()
            async with tables.as_of(pool, log_end.now) as (rows, end):
                saved = [
                    await tables.save(rows, table, folder / "tables" / f"{table}.copy.gz")
                    for table in tables.TABLES
                ]
                keys = await _keys(rows)
        log = await _save_log(bootstrap, end, folder)
        kept = await _save_media(media, keys, folder) if media else []
        names = [*(each.file for each in log), *(each.file for each in saved), *kept]
        files = {name: sum_of(folder / name) for name in names}
        taken = Manifest(FORMAT, taken_at, log, saved, kept, files)
        manifest.write(folder, taken)
        return taken


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """The folder with those of a snapshot in it. All that was made is gone where the block fails,
    so that the same can be tried again. Raises `SnapshotRefused` where there is anything in it."""
    was_there = folder.is_dir()
    if was_there and any(folder.iterdir()):
        raise SnapshotRefused(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        folder.chmod(0o700)
        for name in ("log", "tables", "media"):
            (folder / name).mkdir()
        yield
    except BaseException:
        for made in folder.iterdir():
            if made.is_dir():
                rmtree(made)
            else:
                made.unlink()
        if not was_there:
            folder.rmdir()
        raise


async def _save_log(bootstrap: str, end: Mapping[Partition, int], folder: Path) -> list[LogFile]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def save(partition: Partition) -> LogFile:
        name = f"log/{partition.topic}.{partition.number}.jsonl.gz"
        async with turns:
            await records.save(bootstrap, partition, end[partition], folder / name)
        return LogFile(*partition, end[partition], name)

    tasks = [asyncio.create_task(save(partition)) for partition in sorted(end)]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancel_all(tasks)


async def _keys(rows: Connection) -> list[str]:
    found = await rows.fetch("SELECT media_key FROM media WHERE ready ORDER BY media_key")
    return [row["media_key"] for row in found]


async def _save_media(media: MediaStore, keys: list[str], folder: Path) -> list[str]:
    """The names of the files. Bytes that were deleted meanwhile are left out; raises
    `SnapshotRefused` where there are none of all."""
    names = []
    for key in keys:
        name = f"media/{key}"
        try:
            with (folder / name).open("wb") as file:
                async for chunk in media.read(name_of(key)):
                    file.write(chunk)
        except ObjectMissing:
            (folder / name).unlink()
            continue
        names.append(name)
    if keys and not names:
        raise SnapshotRefused(
            f"none of {len(keys)} photos and videos is there: say in {MEDIA} where they are"
        )
    return names
