"""Whether the log and the views hold what was acknowledged, once, and nothing that was refused."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from events.codec import Undecodable, decode
from events.positions import Position
from events.reader import ends_of, read
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.events import Event
from schemas.topics import TOPICS
from streams.audit.auditing import audit
from streams.audit.log import Log
from streams.chaos.ledger import PREFIX, Entry, Outcome

VIEWS_SECONDS = 180.0
OUTBOX_SECONDS = 60.0
POLL_SECONDS = 0.1

Written = dict[str, list[tuple[Position, Event]]]
"""Request id → what stands on the log for it."""


class Found(Struct, frozen=True):
    """`what` is wrong about `which`."""

    where: str
    which: str
    what: str


async def quiet(stores: Stores) -> None:
    """Waits until the relay has brought all of the outbox to the log. Raises `TimeoutError`."""
    async with asyncio.timeout(OUTBOX_SECONDS):
        while await stores.postgres.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(POLL_SECONDS)


async def written(bootstrap: str) -> Written:
    """The log from its beginning, by request id. Raises Kafka's errors."""
    told: Written = {}
    ends = await ends_of(bootstrap, [topic.name for topic in TOPICS])
    for partition, end in ends.items():
        async for records, _ in read(bootstrap, partition, 0, end):
            for record in records:
                try:
                    event = decode(record.value or b"")
                except Undecodable as error:
                    raise AssertionError(f"{partition}:{record.offset} is no event") from error
                told.setdefault(event.request_id, []).append(
                    (Position(partition, record.offset), event)
                )
    return told


def repeats(told: Written) -> int:
    """Records that stand on the log again with the id of an earlier one: a retry's, no new fact."""
    return sum(
        len(records) - len({event.event_id for _, event in records}) for records in told.values()
    )


def on_the_log(entries: Mapping[str, Entry], told: Written) -> Iterator[Found]:
    """Every difference between the answers and the log."""
    for name, entry in entries.items():
        records = told.get(name, [])
        facts = len({event.event_id for _, event in records})
        if entry.outcome is Outcome.ACKNOWLEDGED and facts != 1:
            yield _found(entry, f"acknowledged, and {facts} times there")
        if entry.outcome is Outcome.REFUSED and facts:
            yield _found(entry, f"refused, and {facts} times there")
        if entry.outcome is Outcome.UNKNOWN and facts > 1:
            yield _found(entry, f"without an answer, and {facts} times there")
        for position in entry.positions:
            if position not in {str(place) for place, _ in records}:
                yield _found(entry, f"said to be at {position}, where it is not")
    for name in told:
        if name.startswith(f"{PREFIX}-") and name not in entries:
            yield Found("log", name, "there, and nobody sent it")
    yield from _shared_ids(told)


def _found(entry: Entry, what: str) -> Found:
    return Found("log", f"{entry.command} ({entry.kind})", what)


def _shared_ids(told: Written) -> Iterator[Found]:
    owner: dict[int, str] = {}
    for name, records in told.items():
        for event_id in {event.event_id for _, event in records}:
            if owner.setdefault(event_id, name) != name:
                yield Found("log", name, f"its event has the id of {owner[event_id]}: {event_id}")


def failures(statuses: Mapping[int, int]) -> list[Found]:
    """503 says that something is away; any other 5xx is a defect."""
    return [
        Found("gateway", str(status), f"answered {count} times")
        for status, count in sorted(statuses.items())
        if status >= 500 and status != 503
    ]


async def in_the_views(
    stores: Stores, bootstrap: str, names: Sequence[str] = tuple(VIEWS)
) -> list[Found]:
    """Every difference that the audit sees. Raises `Unsettled`."""
    log = Log(bootstrap)
    audited = [await audit(stores, bootstrap, log, name, seconds=VIEWS_SECONDS) for name in names]
    return [
        Found(one.view, difference.key, "{}: expected {}, found {}".format(
            difference.kind, *difference.shown()
        ))
        for one in audited
        for difference in one.differences
    ]  # fmt: skip
