"""The topic of dead letters, read."""

import logging
from collections.abc import AsyncIterator, Mapping

from msgspec import json

from events.codec import UNREADABLE
from events.positions import Partition
from events.reader import ends_of, read
from schemas.dead_letters import DeadLetter, Settlement
from schemas.topics import DEAD_LETTERS

logger = logging.getLogger(__name__)

_decoder = json.Decoder(DeadLetter)


class Letters:
    """The topic, read on from where it was read last."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._reached: dict[Partition, int] = {}

    async def until(self, end: Mapping[Partition, int]) -> AsyncIterator[DeadLetter]:
        """What is new before `end`, without what is no letter; what one view says in its order.

        Left early, it begins with what was not looked at, perhaps with some that was.
        """
        for partition, last in end.items():
            start = self._reached.get(partition, 0)
            async for records, next_offset in read(self._bootstrap, partition, start, last):
                for record in records:
                    try:
                        letter = _decoder.decode(record.value or b"")
                    except UNREADABLE as error:
                        logger.warning("%s:%d is no letter: %s", partition, record.offset, error)
                        continue
                    yield letter
                self._reached[partition] = next_offset


async def all_letters(bootstrap: str) -> dict[str, DeadLetter]:
    """Every letter by its id, as it was last set aside, with what became of it since."""
    letters: dict[str, DeadLetter] = {}
    end = await ends_of(bootstrap, [DEAD_LETTERS])
    async for note in Letters(bootstrap).until(end):
        letters[note.letter] = folded(letters.get(note.letter), note)
    return letters


def state_after(known: Settlement | None, note: DeadLetter) -> Settlement | None:
    """Of a letter after one more note of it; None is open. One that was dropped stays so when its
    view is read anew from a store that was lost, and sets the record aside again."""
    return known if note.settled is None and known == "dropped" else note.settled


def folded(known: DeadLetter | None, note: DeadLetter) -> DeadLetter:
    """A letter after one more note of it: settled, or open (again) with the newest reason."""
    if known is None:
        return note
    if note.settled is None:
        return known if state_after(known.settled, note) == "dropped" else note
    return DeadLetter(known.view, known.position, known.reason, known.value, known.at, note.settled)
