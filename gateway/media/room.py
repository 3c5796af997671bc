"""So much is in work at once; whoever comes then waits, but not for ever."""

import asyncio

WAIT_SECONDS = 30.0


class NoRoom(RuntimeError):
    """It has not become one's turn in time."""


class Room:
    """For `most` at once, of what is called `what`."""

    def __init__(self, most: int, what: str) -> None:
        self._free = asyncio.Semaphore(most)
        self._what = what

    async def enter(self) -> None:
        """Raises `NoRoom` after `WAIT_SECONDS`."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoRoom(f"too many {self._what} are being examined: try again") from error

    def leave(self) -> None:
        self._free.release()

    async def __aenter__(self) -> None:
        await self.enter()

    async def __aexit__(self, *_: object) -> None:
        self.leave()
