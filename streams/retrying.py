"""Dead letters, tried again: by building their view anew."""

from collections.abc import Iterable

from msgspec import Struct

from events.codec import Undecodable, decode
from events.dead_letters import all_letters
from events.log import Log
from events.positions import Position
from events.reader import read
from projections.stores import Stores
from schemas.dead_letters import DeadLetter
from schemas.explained import Explained
from streams.dead_letters import DeadLetters
from streams.rebuilding.building import rebuild
from streams.rebuilding.progress import Progress


class StillUnreadable(Explained):
    """None of a view's dead letters can be read by this version of birdlog either."""


class Retried(Struct, frozen=True):
    """The letters that the view has applied now, and those that it set aside again."""

    view: str
    generation: int
    applied: list[str]
    open: list[str]


async def retry(stores: Stores, bootstrap: str, view: str, progress: Progress) -> Retried:
    """Tries all open letters of a view again, each in its own place in the log.

    Applied now, behind what came after it, an event would be out of order; and a checkpoint that
    is set back would have other events counted twice. A new generation reads everything once, in
    order, with the code as it is today. Letters that it does not set aside again are settled; a
    crash before that leaves them open, to be retried once more.

    Raises `StillUnreadable`, having changed nothing, and what `rebuild` raises.
    """
    before = of_view(await all_letters(bootstrap), view)
    await _any_readable(bootstrap, view, before)
    built = await rebuild(stores, bootstrap, view, progress, purpose="accept")
    after = await all_letters(bootstrap)
    applied = [letter for letter in before if after[letter.letter] == letter]
    async with Log(bootstrap) as log:
        for letter in applied:
            await DeadLetters(log).settle(letter, "applied")
    still = [letter.letter for letter in before if letter not in applied]
    return Retried(view, built.generation, [letter.letter for letter in applied], still)


def of_view(letters: dict[str, DeadLetter], view: str) -> list[DeadLetter]:
    """The open ones of a view."""
    return [one for one in letters.values() if one.view == view and one.settled is None]


async def _any_readable(bootstrap: str, view: str, letters: Iterable[DeadLetter]) -> None:
    unreadable = {}
    for letter in letters:
        partition, offset = Position.parse(letter.position)
        async for records, _ in read(bootstrap, partition, offset, offset + 1):
            try:
                decode(records[0].value or b"")
            except Undecodable as error:
                unreadable[letter.letter] = str(error)
            else:
                return
    reasons = "; ".join(f"{name}: {why}" for name, why in list(unreadable.items())[:3])
    raise StillUnreadable(f"this version cannot read the letters of {view} either ({reasons})")
