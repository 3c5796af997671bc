"""People who write and read through the gateway, and enter every answer in the ledger."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout
from msgspec import Struct

from events.tasks import cancel_all
from gateway.accounts import Accounts, Registration
from gateway.leases import leased_snowflakes
from gateway.positions import EVENT_POSITION
from streams.chaos.commands import TWEETING, Command, Known, Persona, Whims
from streams.chaos.ledger import PREFIX, Attempt, Entry, Ledger
from streams.chaos.scene import Scene

PEOPLE = 12
ANSWER = ClientTimeout(total=25.0)
"""More than the gateway takes for any request."""

TRIES = 6
PAUSE_SECONDS = (0.05, 0.25)
AGAIN_SECONDS = 0.5
READ_SHARE = 0.2
LAST_SECONDS = 200.0
"""For the commands under way when the load ends, with all their tries."""


class Said(Struct, frozen=True):
    status: int
    tweet_id: str = ""
    position: str = ""


class Load:
    """`disorders` names acknowledged tweets with an id below an earlier one of the same gateway."""

    def __init__(
        self, scene: Scene, session: ClientSession, ledger: Ledger, seed: int, texts: Sequence[str]
    ) -> None:
        self._scene, self._session, self._ledger = scene, session, ledger
        self._seed, self._texts = seed, texts
        self._ended = asyncio.Event()
        self.disorders: list[str] = []

    async def run(self, personas: Sequence[Persona]) -> None:
        """Until it is told to end, and the commands under way are answered."""
        known = Known([persona.user_id for persona in personas])
        async with asyncio.TaskGroup() as group:
            for persona in personas:
                group.create_task(self._live(persona, known))

    def end(self) -> None:
        self._ended.set()

    async def _live(self, me: Persona, known: Known) -> None:
        whims = Whims(self._seed, me, known, self._texts)
        mood = random.Random(f"{self._seed} moods {me.number}")  # noqa: S311
        newest, life = 0, -1
        while not self._ended.is_set():
            if mood.random() < READ_SHARE:
                home = f"/2/users/{me.user_id}/timelines/reverse_chronological"
                self._ledger.statuses[(await self._ask(me, "GET", home)).status] += 1
            command, before = whims.next(), self._scene.lives
            answers = await self._do(me, command)
            last = answers[-1]
            if last.tweet_id and command.kind in TWEETING:
                me.own.append(last.tweet_id)
                known.tweets.append(last.tweet_id)
                if len(answers) == 1 and before == self._scene.lives:
                    if life == before and int(last.tweet_id) <= newest:
                        self.disorders.append(f"{command.name}: {last.tweet_id} after {newest}")
                    newest, life = int(last.tweet_id), before
            await asyncio.sleep(mood.uniform(*PAUSE_SECONDS))

    async def _do(self, me: Persona, command: Command) -> list[Said]:
        headers = {"X-Request-ID": command.name}
        if command.keyed:
            headers["Idempotency-Key"] = command.name
        answers: list[Said] = []
        for _ in range(TRIES if command.keyed else 1):
            if answers:
                await asyncio.sleep(AGAIN_SECONDS)
            said = await self._ask(me, *command.asked, headers=headers)
            self._ledger.statuses[said.status] += 1
            answers.append(said)
            if 200 <= said.status < 500:
                break
        attempts = tuple(Attempt(said.status, said.position) for said in answers)
        self._ledger.enter(Entry(command.name, command.kind, attempts))
        return answers

    async def _ask(
        self,
        me: Persona,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Said:
        """Status 0 where no whole answer came."""
        try:
            async with self._session.request(
                method,
                self._scene.gateway + path,
                json=body,
                headers={"Authorization": f"Bearer {me.token}", **(headers or {})},
            ) as response:
                answer = await response.json(content_type=None)
        except (ClientError, TimeoutError, OSError):
            return Said(0)
        data = answer.get("data")
        tweet_id = data.get("id", "") if response.status == 201 and isinstance(data, dict) else ""
        return Said(response.status, tweet_id, response.headers.get(EVENT_POSITION, ""))


@asynccontextmanager
async def loaded(
    scene: Scene, ledger: Ledger, seed: int, texts: Sequence[str]
) -> AsyncIterator[Load]:
    """Load within the block; after it all commands are answered, or unknown for ever."""
    personas = await _people(scene, seed)
    async with ClientSession(timeout=ANSWER) as session:
        # as in aiohttp's own test client: it would send a DELETE again whose answer was cut off
        session._retry_connection = False
        load = Load(scene, session, ledger, seed, texts)
        running = asyncio.create_task(load.run(personas))
        try:
            yield load
            load.end()
            async with asyncio.timeout(LAST_SECONDS):
                await running
        finally:
            await cancel_all([running])


async def _people(scene: Scene, seed: int) -> list[Persona]:
    accounts = Accounts(scene.stores.postgres)
    personas = []
    async with leased_snowflakes(scene.stores.postgres) as ids:
        for number in range(PEOPLE):
            registration = Registration(username=f"{PREFIX}_{number}", name=f"Number {number}")
            user = await accounts.register(registration, ids, f"{PREFIX} people")
            token = await accounts.issue_token(user.user_id)
            personas.append(Persona(number, str(user.user_id), token))
    return personas
