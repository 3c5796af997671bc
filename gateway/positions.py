"""Reading one's own writes: waiting until the views have passed a place in the log."""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from multidict import istr

from events.places import generation_of
from events.positions import Partition, Position
from gateway.admission import ADMISSION
from gateway.problems import invalid, unavailable
from projections.registry import Reader
from schemas.topics import TOPIC_NAMED

EVENT_POSITION = istr("X-Event-Position")
MIN_POSITION = istr("X-Min-Position")

WAIT_SECONDS = 5.0
FIRST_POLL_SECONDS = 0.003
LAST_POLL_SECONDS = 0.05
MAX_POSITIONS = 16


async def reached(request: web.Request, *views: Reader) -> None:
    """Waits until `views` have passed the positions that the request names, if it names any.

    `X-Min-Position` holds one or more positions, as `X-Event-Position` gave them, separated by
    commas. Raises a 400 `Problem` for anything else, a 503 one when the views lag too far.
    """
    header = request.headers.get(MIN_POSITION)
    if header is None:
        return
    wanted: dict[Partition, int] = {}
    names = header.split(",")
    if len(names) > MAX_POSITIONS:
        raise invalid(f"{MIN_POSITION} holds more than {MAX_POSITIONS} positions")
    for name in names:
        try:
            partition, offset = Position.parse(name.strip())
        except ValueError as error:
            raise invalid(f"{MIN_POSITION}: {error}") from error
        if partition.topic not in TOPIC_NAMED:
            raise invalid(f"{MIN_POSITION}: there is no topic {partition.topic!r}")
        wanted[partition] = max(offset + 1, wanted.get(partition, 0))
    with request[ADMISSION].waiting():
        await passed(wanted, *views)


async def passed(wanted: Mapping[Partition, int], *views: Reader) -> None:
    """Waits until each view holds everything before the `wanted` offsets of its topics.

    Raises a 503 `Problem` after `WAIT_SECONDS`.
    """
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    for view in views:
        of_view = {place: end for place, end in wanted.items() if place.topic in view.topics}
        pause = FIRST_POLL_SECONDS
        while of_view and (behind := _behind(await view.checkpoints(), of_view)):
            if asyncio.get_running_loop().time() > deadline:
                raise unavailable(f"a view has not reached {behind} within {WAIT_SECONDS:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, LAST_POLL_SECONDS)


def _behind(stored: Mapping[Partition, int], wanted: Mapping[Partition, int]) -> str:
    for partition, offset in wanted.items():
        if stored.get(partition, 0) < offset and not _reads_later(stored, partition):
            return f"{partition}:{offset - 1}"
    return ""


def _reads_later(stored: Mapping[Partition, int], wanted: Partition) -> bool:
    """Whether the view reads a later generation of the topic, which holds all of the earlier."""
    return any(
        place.topic == wanted.topic and generation_of(place) > generation_of(wanted)
        for place in stored
    )
