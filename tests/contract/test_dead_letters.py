"""What a view cannot apply is set aside once, and nothing else is lost."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import pytest

from events.codec import encode
from events.log import Log
from events.positions import Position
from projections.view import Batch
from schemas.events import Event
from streams.dead_letters import DeadLetters
from streams.feed import Feed
from tests.contract.contract import Contract
from tests.contract.letters import letters_since
from tests.contract.script import by_partition
from tests.contract.trial import Trial
from tests.letters import write_off

REFUSED = 1
"""The id of an event that no view takes here."""

Apply = Callable[[Batch], Awaitable[None]]


class Record(NamedTuple):
    offset: int
    value: bytes


class Refused(Exception):
    """As an event's contents raise that nobody thought of."""


def refusing(apply: Apply) -> Apply:
    async def apply_others(batch: Batch) -> None:
        if any(event.event_id == REFUSED for _, event in batch.events):
            raise Refused("never")
        await apply(batch)

    return apply_others


def newer(event: Event) -> bytes:
    return msgspec.json.encode({**msgspec.json.decode(encode(event)), "v": event.v + 1})


def refused(event: Event) -> bytes:
    return encode(msgspec.structs.replace(event, event_id=REFUSED))


@pytest.mark.parametrize("spoil", [newer, refused])
async def test_what_can_never_be_applied_is_set_aside_once(
    kept: Contract, log: Log, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Event], bytes]
) -> None:
    bootstrap = kept.bootstrap
    async with letters_since(bootstrap) as letters, kept.kept(spoil.__name__) as trial:
        await trial.look()
        view = trial.open()
        monkeypatch.setattr(view, "apply", refusing(view.apply))
        for batches in by_partition(trial.batches):
            feed = Feed(view, batches[0].partition, bootstrap, DeadLetters(log))
            await feed.open()
            for batch in batches:
                await feed.advance(records_of(batch, spoil), batch.next_offset)
        for partition, end in trial.script.ends(trial.batches).items():
            await trial.reaches(partition, end)
        await view.close()
    spoilt = [Position(batch.partition, batch.start) for batch in trial.batches]
    await write_off(log, *spoilt)
    assert sorted((one.view, one.position, one.value) for one in letters) == expected(trial, spoil)
    assert all(letter.reason for letter in letters)


def records_of(batch: Batch, spoil: Callable[[Event], bytes]) -> list[Record]:
    """Where the batch holds nothing, the first event of it, spoilt."""
    spoilt = Record(batch.start, spoil(batch.events[0].event))
    return [spoilt, *(Record(offset, encode(event)) for offset, event in batch.events)]


def expected(trial: Trial, spoil: Callable[[Event], bytes]) -> list[tuple[str, str, str]]:
    return sorted(
        (
            trial.view.name,
            str(Position(batch.partition, batch.start)),
            spoil(batch.events[0].event).decode(),
        )
        for batch in trial.batches
    )
