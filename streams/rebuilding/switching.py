"""The moment from which a generation is read, and what becomes of its view's dead letters."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from events.dead_letters import all_letters
from events.places import generation_of
from events.positions import Partition, Position
from projections.generations import Kept
from projections.stores import Stores
from schemas.dead_letters import DeadLetter, Settlement
from streams.dead_letters import DeadLetters
from streams.rebuilding import builds, set_aside
from streams.rebuilding.builds import Build
from streams.rebuilding.removing import at_generation


class Successor(Struct, frozen=True):
    """A build that is to be read, and what was kept of its view `before`."""

    build: Build
    before: Kept


class Read(Struct, frozen=True):
    """A view from a switch on: where it stood then, and which letters it had itself."""

    view: str
    place: Mapping[Partition, int]
    open: frozenset[str]


async def switch(
    stores: Stores, bootstrap: str, letters: DeadLetters, successors: Sequence[Successor]
) -> list[Read]:
    """The end of builds, in one moment: from now on their generations are read.

    What they have set aside stands on the log before, so that none of it is ever missed; what is
    open until then for the generations that were read is kept with these. A letter that somebody
    has dropped stays so. Raises `Overtaken`, and the errors of the stores and of Kafka.
    """
    known, read = await all_letters(bootstrap), []
    async with stores.postgres.acquire() as connection, connection.transaction():
        for build, before in ((successor.build, successor.before) for successor in successors):
            await builds.switch(connection, build, before)
            aside = await set_aside.kept(connection, build.view, build.generation)
            for letter in aside:
                if letter.letter not in known or known[letter.letter].settled != "dropped":
                    await letters.open(letter)
            for generation in (build.generation, before.current):
                await set_aside.forget(connection, build.view, generation)
            await set_aside.keep(
                connection, build.view, before.current, open_of(build.view, known.values())
            )
            place = await at_generation(stores, build.view, build.generation).checkpoints()
            read.append(Read(build.view, place, frozenset(letter.letter for letter in aside)))
    return read


async def read_since(stores: Stores, bootstrap: str, view: str, before: int, now: int) -> Read:
    """What `switch` returned, for one who comes later: the view was read at generation `before`,
    and is at `now`.

    What was open then is kept as it was said: what is said otherwise the view set aside itself.
    """
    place = await at_generation(stores, view, now).checkpoints()
    kept = await set_aside.kept(stores.postgres, view, before)
    own = [
        letter.letter
        for letter in open_of(view, (await all_letters(bootstrap)).values())
        if Position.parse(letter.position).partition in place and letter not in kept
    ]
    return Read(view, place, frozenset(own))


async def settle(bootstrap: str, letters: DeadLetters, read: Iterable[Read]) -> None:
    """To be called after a switch: the letters that were open before it and are so no more.

    After a crash in between they stay open until the next switch of their view, or until this is
    called with what was `read_since`.
    """
    known = await all_letters(bootstrap)
    for now in read:
        for letter in open_of(now.view, known.values()):
            if (how := settlement(letter, now)) is not None:
                await letters.settle(letter, how)


def settlement(letter: DeadLetter, now: Read) -> Settlement | None:
    """None where the letter stays open: the view has set it aside itself, or was not there yet.

    One about a generation of a topic that is not read any more is dropped: what it is about stands
    in another place now, from where it was applied, or set aside anew.
    """
    place = Position.parse(letter.position)
    if letter.letter in now.open:
        return None
    if place.partition in now.place:
        return "applied" if place.offset < now.place[place.partition] else None
    followed = {generation_of(p) for p in now.place if p.topic == place.partition.topic}
    return "dropped" if followed and generation_of(place.partition) not in followed else None


def open_of(view: str, letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    return [letter for letter in letters if letter.view == view and letter.settled is None]
