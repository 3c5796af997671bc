"""Putting a snapshot into an empty system, every record at its old place in the log."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence, Set
from pathlib import Path

from events.bulk import bulk_producer
from events.ending import stop
from events.observer import observer
from events.places import generation_of, real, real_topic
from events.positions import Partition
from events.reader import ends, ends_of, partitions
from events.setup import create
from events.topic_generations import look_up, say
from gateway.media.desk import name_of
from gateway.media.objects import CHUNK_BYTES
from gateway.media.store import MediaStore
from projections.postgres import Pool
from schemas.topic_generations import TopicGeneration
from schemas.topics import DEAD_LETTERS
from streams.repartitioning.closing import close, opened_again_unless_done
from streams.snapshot import records, tables
from streams.snapshot.manifest import LogFile, Manifest, SnapshotRefused, verified
from streams.snapshot.taking import TOPIC_NAMES

AT_ONCE = 8
"""Partitions that are written at the same time."""

Progress = Callable[[int, int], None]
"""Called with the records done and the records there are."""


async def restore(
    pool: Pool, bootstrap: str, media: MediaStore, folder: Path, progress: Progress
) -> Manifest:
    """Topics and tables must be there and hold nothing. The rows are there when all else is, so
    that the relay appends nothing before. Raises `SnapshotRefused`, and then no row was written.
    """
    manifest = verified(folder)
    await _must_be_empty(bootstrap, manifest)
    async with pool.acquire() as connection, connection.transaction():
        await tables.must_be_empty(connection)
        await _load_log(bootstrap, manifest, folder, progress)
        for name in manifest.media:
            key = name.removeprefix("media/")
            await media.put(name_of(key), _chunks(folder / name))
        for saved in manifest.tables:
            await tables.load(connection, saved, folder / saved.file)
    return manifest


async def _must_be_empty(bootstrap: str, manifest: Manifest) -> None:
    saved = {Partition(each.topic, each.partition) for each in manifest.log}
    await _go_on_to(bootstrap, saved)
    found = set(await partitions(bootstrap, TOPIC_NAMES))
    known = {each.topic for each in manifest.log}  # an older birdlog had fewer topics
    if others := {place for place in found if place.topic in known} ^ saved:
        other = sorted(map(str, others))[0]
        raise SnapshotRefused(
            f"the partitions differ: {other} is only in one of log and snapshot. Keys would come"
            " to other partitions; begin with an empty log, and create the topics as they were"
        )
    await _hold_nothing(bootstrap, found)


async def _go_on_to(bootstrap: str, saved: Set[Partition]) -> None:
    """Makes the later generations of topics, in a log in which there is nothing at all: those that
    are lacking yet, since one that was killed here is gone on with.

    Who writes already looks for the later one only when the earlier takes nothing.
    """
    later = Counter((place.topic, generation_of(place)) for place in saved)
    at = await look_up(bootstrap)
    if any((await ends_of(bootstrap, TOPIC_NAMES, at)).values()):
        return
    for (topic, generation), count in later.items():
        if generation > at.current(topic):
            await create(bootstrap, {real_topic(topic, generation): count})
            await _close(bootstrap, await partitions(bootstrap, [topic], at))
            await say(bootstrap, TopicGeneration(topic, generation))


async def _close(bootstrap: str, empty: Sequence[Partition]) -> None:
    async with opened_again_unless_done(bootstrap, real(empty[0]).topic):
        await close(bootstrap, [real(place) for place in empty])
        await _hold_nothing(bootstrap, empty)


async def _hold_nothing(bootstrap: str, places: Iterable[Partition]) -> None:
    async with observer(bootstrap) as consumer:
        for place, end in (await ends(consumer, places)).items():
            if end:
                raise SnapshotRefused(f"{place} holds {end} records: restore into an empty log")


async def _load_log(bootstrap: str, manifest: Manifest, folder: Path, progress: Progress) -> None:
    """Dead letters first: workers that follow may set the same records aside again."""
    done = 0
    turns = asyncio.Semaphore(AT_ONCE)

    async def load(file: LogFile) -> None:
        nonlocal done
        async with turns:
            place = Partition(file.topic, file.partition)
            await records.load(producer, place, folder / file.file)
        done += file.end
        progress(done, manifest.events)

    producer = await bulk_producer(bootstrap)
    try:
        for of_letters in (True, False):
            async with asyncio.TaskGroup() as group:
                for file in manifest.log:
                    if (file.topic == DEAD_LETTERS) == of_letters:
                        group.create_task(load(file))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    finally:
        await stop(producer)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
