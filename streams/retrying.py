"""Dead letters, tried again: by building their view anew."""

from collections.abc import Iterable

from msgspec import Struct

from events.codec import Undecodable, decode
from events.dead_letters import all_letters
from events.positions import Position
from events.reader import Removed, read
from projections.registry import built_from
from projections.stores import Stores
from schemas.dead_letters import DeadLetter
from schemas.explained import Explained
from streams.rebuilding import builds, set_aside
from streams.rebuilding.building import rebuild
from streams.rebuilding.builds import Purpose
from streams.rebuilding.keeping import give_up
from streams.rebuilding.progress import Progress
from streams.rebuilding.switching import open_of

PURPOSE: Purpose = "accept"
"""What was set aside is to be in the new generation, so it cannot be equal."""


class StillUnreadable(Explained):
    """None of a view's dead letters can be read by this version of birdlog either."""


class Retried(Struct, frozen=True):
    """The letters that the view has applied now, and those that it set aside again; and the views
    that took from it what may be otherwise now."""

    view: str
    generation: int
    applied: list[str]
    open: list[str]
    build_next: list[str]


async def retry(stores: Stores, bootstrap: str, view: str, progress: Progress) -> Retried:
    """Tries all open letters of a view again, each in its own place in the log.

    Applied now, behind what came after it, an event would be out of order; and a checkpoint that
    is set back would have other events counted twice. A new generation reads everything once, in
    order, with the code as it is today. Letters that it does not set aside again are settled by
    the switch to it.

    Raises `StillUnreadable`, having changed nothing, and what `rebuild` raises.
    """
    before = open_of(view, (await all_letters(bootstrap)).values())
    await _any_readable(bootstrap, view, before)
    await _give_up_what_was_in_vain(stores, view)
    built = await rebuild(stores, bootstrap, view, progress, purpose=PURPOSE)
    after = await all_letters(bootstrap)
    still = [letter.letter for letter in before if after[letter.letter].settled is None]
    applied = [letter.letter for letter in before if letter.letter not in still]
    return Retried(view, built.generation, applied, still, built_from(view) if applied else [])


async def _give_up_what_was_in_vain(stores: Stores, view: str) -> None:
    """A build that was interrupted, and has been past something that it could not apply: it would
    be gone on with behind that, whatever the code can do today."""
    build = await builds.under_way(stores.postgres, view)
    if (
        build is not None
        and build.purpose == PURPOSE
        and await set_aside.kept(stores.postgres, view, build.generation)
    ):
        await give_up(stores, view)


async def _any_readable(bootstrap: str, view: str, letters: Iterable[DeadLetter]) -> None:
    unreadable = {}
    for letter in letters:
        partition, offset = Position.parse(letter.position)
        try:
            async for records, _ in read(bootstrap, partition, offset, offset + 1):
                decode(records[0].value or b"")
                return
        except (Undecodable, Removed) as error:
            unreadable[letter.letter] = str(error)
    reasons = "; ".join(f"{name}: {why}" for name, why in list(unreadable.items())[:3])
    raise StillUnreadable(f"this version cannot read the letters of {view} either ({reasons})")
