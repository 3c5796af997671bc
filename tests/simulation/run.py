"""One run: people write, views follow, things break, and in the end all must be as the log says."""

import asyncio
import logging
import random
import traceback
from functools import partial

from msgspec import Struct

from bench.activity import Activity
from events.snowflake import Snowflakes
from schemas.events import Event
from streams.audit.contents import contents
from streams.audit.differences import differences
from streams.audit.folds import expected
from streams.audit.folds.newest import Newest, author_list
from streams.audit.folds.posted import posted
from streams.audit.folds.timelines import expected as expected_timelines
from streams.audit.values import Contents
from tests.simulation.crew import Crew
from tests.simulation.determinism import determined, now
from tests.simulation.fakes import Fakes
from tests.simulation.log import Log, away
from tests.simulation.processes import RUNNING
from tests.simulation.readers import Audience
from tests.simulation.scenario import Scenario, views_of
from tests.simulation.schedule import Schedule
from tests.simulation.virtual_loop import Stuck, VirtualLoop
from tests.simulation.weather import Weather
from tests.simulation.wipes import wipe
from tests.simulation.wire import Wire

PEOPLE = 4
EXPIRING = {"cache", "timelines"}
"""Views of which a part is gone some day, where nobody reads."""

EVENTS = (12, 45)
DEEDS_AT_MOST = 600
WIPED = 0.25
"""The share of the runs in which a store loses everything."""

A_MONTH = 0.3
"""The share of those in which nothing happens for so long, just before, that keys expire."""

MONTH_SECONDS = 31 * 86_400.0
LOOKS = 80
LOOK_SECONDS = 0.05
"""So often is looked, then, while what was wiped is filled again, which takes no time."""

NEVER = "it never comes to the end of the log"

RUN_SECONDS = 12.0
SETTLE_SECONDS = 300.0
QUIET_SECONDS = 20.0
"""Longer than anything that is still on its way."""


class Outcome(Struct, frozen=True):
    """`wrong` says what; empty where all is well."""

    seed: int
    views: tuple[str, ...]
    events: int
    steps: int
    wrong: list[str]
    schedule: Schedule


class _Errors(logging.Handler):
    """What the project logs as an error is a defect; a killed process says nothing any more."""

    def __init__(self, defects: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._defects = defects

    def emit(self, record: logging.LogRecord) -> None:
        if RUNNING.get().alive:
            error = record.exc_info[1] if record.exc_info else None
            self._defects.append(f"{record.getMessage()}: {error!r}")


def simulate(seed: int, view: str | None = None) -> Outcome:
    """The same for the same seed and view, whatever was run before."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_Run(seed, views_of(seed, view)).outcome())
    finally:
        loop.close()


class _Run:
    def __init__(self, seed: int, names: tuple[str, ...]) -> None:
        self._seed = seed
        self._names = names
        self._chance = random.Random(seed)
        self._schedule = Schedule()
        self._defects: list[str] = []
        self._events = 0

    async def outcome(self) -> Outcome:
        handler = _Errors(self._defects)
        logger = logging.getLogger("projections"), logging.getLogger("streams")
        for one in logger:
            one.addHandler(handler)
            one.propagate = False
            one.setLevel(logging.ERROR)
        try:
            wrong = await self._live()
        except Stuck as error:
            wrong = [str(error)]
        except Exception:  # whatever breaks it off, its seed is to be told
            wrong = [*self._defects, traceback.format_exc()]
        finally:
            for one in logger:
                one.removeHandler(handler)
                one.propagate = True
                one.setLevel(logging.NOTSET)
        steps = len(self._schedule)
        return Outcome(self._seed, self._names, self._events, steps, wrong, self._schedule)

    async def _live(self) -> list[str]:
        weather = Weather(self._chance)
        fakes = Fakes(weather, self._schedule, now)
        scenario = Scenario(self._names, fakes.stores, self._schedule, self._chance)
        topics = {topic.name: topic for name in self._names for topic in scenario.open(name).topics}
        log = Log(self._chance, Wire("kafka", weather, self._schedule, away), topics.values())
        with determined(self._chance, log):
            crews = {
                name: Crew(
                    scenario.opener(name), log, self._schedule, self._chance, weather, self._defects
                )
                for name in self._names
            }
            try:
                await self._happen(log, fakes, scenario, list(crews.values()), weather)
                if not await self._settle(list(crews.values())):
                    return [*self._defects, NEVER]
                return self._defects + [
                    f"{name}: {difference}"
                    for name in self._names
                    for difference in differences(
                        _expected(name, log, crews[name], scenario),
                        await contents(name, fakes.stores, scenario.at),
                    )
                ]
            finally:
                for crew in crews.values():
                    crew.end()
                await _end_all()

    async def _happen(
        self, log: Log, fakes: Fakes, scenario: Scenario, crews: list[Crew], weather: Weather
    ) -> None:
        chance = self._chance
        ids = Snowflakes(0, clock=lambda: int(now() * 1_000))
        activity = Activity(self._seed, ids, PEOPLE)
        names = frozenset(self._names)
        cap = scenario.bounds.cap
        audience_of_today = partial(
            Audience, fakes.stores, scenario.at, names, activity, chance, weather, cap
        )
        audience = audience_of_today()
        for crew in crews:
            crew.start()
        troubles = [asyncio.ensure_future(crew.trouble()) for crew in crews]
        a_month = bool(names & EXPIRING) and random.Random(-1 - self._seed).random() < A_MONTH
        wiped = chance.randint(*EVENTS) if chance.random() < WIPED else None
        saved = None  # the counters' copies in Redis would be as old for an hour
        if wiped and "counters" not in self._names:
            saved = chance.randint(0, wiped)
        for event in activity.registrations():
            self._publish(log, event)
        number = chance.randint(*EVENTS)
        pause = chance.choice((0.02, RUN_SECONDS / number, RUN_SECONDS / number))
        for _ in range(DEEDS_AT_MOST):
            event = activity.next()
            if not log.has(event):
                continue
            self._publish(log, event)
            if self._events == saved:
                fakes.redis.save()
            if self._events == wiped:
                if a_month:
                    await self._let_a_month_pass(crews, troubles, weather)
                    audience = audience_of_today()
                    troubles = [asyncio.ensure_future(crew.trouble()) for crew in crews]
                wipe(chance.choice(self._names), fakes, self._schedule, chance)
                for _ in range(LOOKS if a_month else 0):
                    await asyncio.sleep(2 * LOOK_SECONDS * chance.random())
                    audience.look()
            if chance.random() < 0.3:
                audience.look()
            await asyncio.sleep(chance.expovariate(1 / pause))
            if self._events >= number:
                break
        await asyncio.sleep(chance.random() * RUN_SECONDS / 2)
        for trouble in troubles:
            trouble.cancel()
        weather.calm = True
        self._schedule.note("the weather is calm")
        for crew in crews:
            await crew.recover()

    async def _let_a_month_pass(
        self, crews: list[Crew], troubles: list[asyncio.Task[None]], weather: Weather
    ) -> None:
        """In which everybody has long done what was to be done."""
        for trouble in troubles:
            trouble.cancel()
        weather.calm = True
        await asyncio.sleep(QUIET_SECONDS)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.passed += MONTH_SECONDS
        for crew in crews:
            crew.let_a_month_pass()
        self._schedule.note("a month passes")
        weather.calm = False

    def _publish(self, log: Log, event: Event) -> None:
        if log.has(event):
            self._events += 1
            self._schedule.note(f"publishes {event}")
            log.append(event)

    async def _settle(self, crews: list[Crew]) -> bool:
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        quiet = 0
        while asyncio.get_running_loop().time() < deadline:
            there = [await crew.reached() for crew in crews]
            if all(there):
                quiet += 1
                if quiet == 2:
                    return True
                await asyncio.sleep(QUIET_SECONDS)
            else:
                quiet = 0
                await asyncio.sleep(1.0)
        return False


def _expected(name: str, log: Log, crew: Crew, scenario: Scenario) -> Contents:
    told = log.told(crew.view.topics)
    if name != "timelines":
        return expected(name, told)
    bounds = scenario.bounds
    rows = dict(expected_timelines(told, cap=bounds.cap, celebrity=bounds.celebrity))
    for author, of_author in posted(told).items():
        # a worker who stopped between looking at the checkpoint and pushing may bring back what
        # was deleted since: readers leave it out, but it has a place
        strict = author_list(of_author, bounds.cap)
        sure = 0 if len(of_author.all) > bounds.cap else strict.sure
        rows[f"author {author}"] = Newest(strict.stands, sure, of_author.gone, gapless=True)
    return rows


async def _end_all() -> None:
    """Nothing of a run outlives it."""
    me, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    while left := [task for task in loop.tasks if task is not me and not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1.0)
