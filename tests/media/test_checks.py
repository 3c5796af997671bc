"""How many photos are in memory and looked at at once, however long that takes."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from gateway.media import photos
from gateway.media.photos import IN_MEMORY, THREADS, Checks, Photo

PHOTO = Photo(b"", 1, 1)
WAIT_SECONDS = 10.0


class Slow:
    """Checks that end when they are told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.threads: set[str] = set()

    def examine(self, data: bytes, content_type: str) -> Photo:
        self.threads.add(threading.current_thread().name)
        self.go_on.wait(WAIT_SECONDS)
        return PHOTO


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    monkeypatch.setattr(photos, "examine", slow.examine)
    monkeypatch.setattr(photos, "CHECK_SECONDS", 0.5)
    yield slow
    slow.go_on.set()


async def given_up(checks: Checks) -> None:
    async with checks.turn() as check:
        with pytest.raises(TimeoutError):
            await check(b"", "image/png")


async def turn_comes(checks: Checks, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds), checks.turn():
            return True
    except TimeoutError:
        return False


async def test_a_check_that_nobody_waits_for_keeps_its_turn_until_it_ends(slow: Slow) -> None:
    checks = Checks()
    await asyncio.gather(*(given_up(checks) for _ in range(IN_MEMORY)))
    assert slow.threads == {f"photos_{number}" for number in range(THREADS)}
    assert not await turn_comes(checks, 0.1)
    slow.go_on.set()
    assert await turn_comes(checks, WAIT_SECONDS)


async def test_turns_end_where_nothing_was_checked() -> None:
    checks = Checks()
    for _ in range(IN_MEMORY + 1):
        with pytest.raises(ZeroDivisionError):
            async with checks.turn():
                raise ZeroDivisionError
