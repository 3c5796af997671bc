"""A fault run from its begin to its verdict."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct
from rich.console import Console

from streams.chaos.ledger import Ledger, Outcome
from streams.chaos.load import loaded
from streams.chaos.scene import scene
from streams.chaos.schedule import Done, play
from streams.chaos.verdict import Found, failures, in_the_views, on_the_log, quiet, repeats, written


class Report(Struct, frozen=True):
    """`answers`: how many of each HTTP status, 0 where none came. `repeats`: see `verdict`.
    `logs`: the folder of what each process said, kept when something is wrong."""

    seed: int
    faults: list[Done]
    commands: dict[str, dict[str, int]]
    answers: dict[int, int]
    repeats: int
    found: list[Found]
    logs: str

    def total(self, outcome: Outcome) -> int:
        return sum(counts[outcome.value] for counts in self.commands.values())


async def wreak(
    seed: int, seconds: float, texts: Sequence[str], console: Console, say: Callable[[str], None]
) -> Report:
    """Faults for `seconds` on a stack started for it, then the verdict.

    Raises `StackError` when something does not come back, `Unsettled` when a view does not.
    """
    ledger = Ledger()
    say("starting servers and all of birdlog")
    with _unheard("aiokafka"):  # the audit's own connections are cut
        async with scene(console) as played:
            async with loaded(played, ledger, seed, texts) as load:
                faults = await play(played, seed, seconds, say)
            say("all is quiet: reading the log and every view")
            await quiet(played.stores)
            told = await written(played.servers.kafka)
            found = [
                *on_the_log(ledger.entries, told),
                *(Found("ids", "", disorder) for disorder in load.disorders),
                *failures(ledger.statuses),
                *await in_the_views(played.stores, played.servers.kafka),
            ]
            if found:
                played.keep_logs()
    return Report(
        seed,
        faults,
        {
            kind: {outcome.value: counts[outcome] for outcome in Outcome}
            for kind, counts in sorted(ledger.counts().items())
        },
        dict(sorted(ledger.statuses.items())),
        repeats(told),
        found,
        str(played.logs or ""),
    )


@contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Within the block this logger says only what is critical."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
