"""What readers notice of a rebuild that may take a share of the machine."""

import asyncio
from statistics import median

from bench.client import get
from bench.http import ASKED, full_homes
from bench.offering import offered
from bench.row import Row, at_most, percentile
from bench.world import World, process, say
from deploy.stack import Stack
from gateway.accounts import Accounts
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores
from streams.rebuilding.builds import under_way

TARGET = 2.0
VIEW = "search"
"""The slowest to build, so that it lasts as long as the measurement."""

SHARE = "0.2"
RATE = 100.0
SECONDS = 5.0
ROUNDS = 5
WARM_UP = 3
START_SECONDS = 60.0


async def home_beside_rebuild(stack: Stack, stores: Stores, world: World) -> list[Row]:
    """Quiet and beside a rebuild in turns; the median of each.

    Raises `RuntimeError` when the rebuild is over before the measurement, as there must be more to
    build, or stands still in it.
    """
    accounts = Accounts(stores.postgres)
    homes = [
        get(
            f"/2/users/{user}/timelines/reverse_chronological?{ASKED}",
            await accounts.issue_token(user),
        )
        for user in await full_homes(stores, world)
    ]
    port = stack.gateway_port
    quiet, busy = [], []
    rebuild = ["streams", "rebuild", VIEW, "--shadow", "--max-load", SHARE]
    async with process(stack, ["gateway"], port=port):
        for _ in range(WARM_UP):  # in which the homes are built
            await _p99(port, homes)
        for _ in range(ROUNDS):
            quiet.append(await _p99(port, homes))
            before = await _built(stores)
            async with process(stack, rebuild):
                async with asyncio.timeout(START_SECONDS):
                    while await _built(stores) <= before:
                        await asyncio.sleep(0.1)
                begun = await _built(stores)
                busy.append(await _p99(port, homes))
                if await _built(stores) <= begun:
                    raise RuntimeError(f"nothing of {VIEW} was built during the measurement")
                if await under_way(stores.postgres, VIEW) is None:
                    raise RuntimeError(f"{VIEW} was rebuilt before the end of the measurement")
    say(f"p99 when quiet {quiet}, beside a rebuild {busy}; built {await _built(stores)} events")
    return [
        at_most(
            f"home timeline, p99 beside a rebuild at {SHARE} of the time",
            "ms",
            median(busy),
            median(quiet),
            TARGET,
        )
    ]


async def _p99(port: int, homes: list[bytes]) -> float:
    load = await offered(port, homes, rate=RATE, seconds=SECONDS)
    return percentile(load.accepted, 0.99)


async def _built(stores: Stores) -> int:
    build = await under_way(stores.postgres, VIEW)
    if build is None:
        return 0
    view = VIEWS[VIEW](stores, Generations({VIEW: build.generation}))
    try:
        return sum((await view.checkpoints()).values())
    except view.transient:  # there is nothing yet
        return 0
