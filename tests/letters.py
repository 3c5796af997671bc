"""Records that no view can apply, written by a test on a log that others read too."""

from events.log import Log
from events.positions import Position
from projections.registry import VIEWS
from schemas.dead_letters import DeadLetter
from streams.dead_letters import DeadLetters


async def write_off(log: Log, *positions: Position) -> None:
    """No view counts as degraded by these: a letter that was dropped stays so, also where the
    record is set aside only afterwards."""
    letters = DeadLetters(log)
    for position in positions:
        for view in VIEWS:
            await letters.settle(DeadLetter(view, str(position)), "dropped")
