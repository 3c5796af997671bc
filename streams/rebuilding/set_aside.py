"""What generations that are not read could not apply.

The open dead letters of a view are about its generation that is read. What another one could not
apply is kept here, before its checkpoint goes beyond it, and becomes dead letters when that one is
switched to; then the letters that were open until then are kept here for the one that was read.
"""

import asyncio
import logging
from collections.abc import Iterable

from msgspec import json

from events.positions import Position
from projections import generations
from projections.postgres import TRANSIENT, Connection, Pool
from schemas.dead_letters import DeadLetter
from streams.dead_letters import RETRY_SECONDS, SetAside, letter_of

logger = logging.getLogger(__name__)

_decoder = json.Decoder(DeadLetter)


class SetAsideBeside:
    """Where what one generation of a view cannot apply goes, while another one is read."""

    def __init__(self, pool: Pool, generation: int, letters: SetAside) -> None:
        self._pool = pool
        self._generation = generation
        self._letters = letters

    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None:
        """Returns once PostgreSQL has it, however long that takes.

        A dead letter at once where the generation has just been switched to by another process.
        """
        letter = letter_of(view, position, reason, value)
        while True:
            try:
                kept = await self._keep(letter)
            except TRANSIENT as error:
                logger.warning("what a build cannot apply waits: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                break
        if not kept:
            await self._letters.add(view, position, reason, value)

    async def _keep(self, letter: DeadLetter) -> bool:
        """While it is being built, a switch waits for this, or this for a switch."""
        async with self._pool.acquire() as connection, connection.transaction():
            built = await connection.fetchval(
                "SELECT true FROM rebuilds WHERE view = $1 AND generation = $2 FOR SHARE",
                letter.view,
                self._generation,
            )
            now = await generations.kept(connection, letter.view)
            if not built and now.current == self._generation:
                return False
            await keep(connection, letter.view, self._generation, [letter])
            return True


async def keep(
    connection: Connection, view: str, generation: int, letters: Iterable[DeadLetter]
) -> None:
    await connection.executemany(
        "INSERT INTO set_aside (view, generation, position, letter) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (view, generation, position) DO UPDATE SET letter = excluded.letter",
        [(view, generation, letter.position, json.encode(letter)) for letter in letters],
    )


async def kept(connection: Connection | Pool, view: str, generation: int) -> list[DeadLetter]:
    """In the order in which they were set aside."""
    rows = await connection.fetch(
        "SELECT letter FROM set_aside WHERE view = $1 AND generation = $2", view, generation
    )
    return sorted((_decoder.decode(row["letter"]) for row in rows), key=lambda letter: letter.at)


async def forget(connection: Connection, view: str, generation: int) -> None:
    await connection.execute(
        "DELETE FROM set_aside WHERE view = $1 AND generation = $2", view, generation
    )
