"""What the views in Redis share: the client and scripts."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import hiredis
from redis import asyncio as redis_asyncio
from redis.asyncio import ConnectionPool
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.typing import EncodableT

from events.deadlines import Deadlines

Redis: TypeAlias = redis_asyncio.Redis
Argument: TypeAlias = bytes | str | int
Call: TypeAlias = tuple["Script", Sequence[str], Sequence[Argument]]

TRANSIENT: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
COMMAND_SECONDS = 5.0
CONNECTIONS = 256
PIPELINES = 4


class _Connection(redis_asyncio.Connection):
    """redis-py reads with hiredis but packs in Python, which is a tenth of a page of tweets."""

    def pack_command(self, *args: EncodableT) -> list[bytes]:
        name, *rest = args
        words = name.split() if isinstance(name, str) else [name]  # `SCRIPT LOAD` is two words
        return [hiredis.pack_command((*words, *rest))]

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        """uvloop says that a connection was cut by an error that is none of the network's."""
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            raise redis_asyncio.ConnectionError(str(error)) from error


class _Staged(NamedTuple):
    command: tuple[Any, ...]
    options: Mapping[str, Any]
    answer: asyncio.Future[Any]


class _AutoPipelined(redis_asyncio.Redis):
    """Commands that wait at the same time go out together; each pipeline is over in 5 s.

    A command sent by itself costs redis-py more than Redis. While `PIPELINES` are under way, what
    is asked waits for the first that ends, and fails with it when Redis did not answer.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._staged: list[_Staged] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._deadlines = Deadlines()
        self._kept: list[redis_asyncio.Connection] = []

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        loop = self._deadlines.loop()
        if not self._staged and len(self._under_way) < PIPELINES:
            loop.call_soon(self._send_off)
        answer = loop.create_future()
        self._staged.append(_Staged(command, options, answer))
        return await answer

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _BoundedPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )

    def _send_off(self) -> None:
        if not self._staged or len(self._under_way) >= PIPELINES:
            return
        staged, self._staged = self._staged, []
        task = self._deadlines.loop().create_task(self._send(staged))
        self._under_way.add(task)
        task.add_done_callback(partial(self._arrived, staged))

    def _arrived(self, staged: Sequence[_Staged], task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        for _, _, waiting in staged:
            waiting.cancel()  # who still waits when the task was cancelled before it began
        self._send_off()

    async def _send(self, staged: Sequence[_Staged]) -> None:
        try:
            with self._deadlines.within(COMMAND_SECONDS):
                answers = await self._exchange(staged)
        except BaseException as error:
            staged, self._staged = [*staged, *self._staged], []
            answers = [error] * len(staged)
        for (_, _, waiting), answer in zip(staged, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, BaseException):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

    async def _exchange(self, staged: Sequence[_Staged]) -> list[Any]:
        """What `Pipeline.execute` does, without what only transactions and retries need.

        Up to `PIPELINES` connections are kept: to give one back to the pool and take it again was
        a quarter of what a pipeline costs.
        """
        answers: list[Any] = []
        pool = self.connection_pool
        connection: redis_asyncio.Connection = (
            self._kept.pop() if self._kept else await pool.get_connection()  # type: ignore[no-untyped-call]
        )
        try:
            await pool.ensure_connection(connection)
            packed = connection.pack_commands([command for command, _, _ in staged])
            await connection.send_packed_command(packed)
            for command, options, _ in staged:
                try:
                    answers.append(await self.parse_response(connection, command[0], **options))
                except ResponseError as error:
                    answers.append(error)
        except BaseException:
            await pool.release(connection)
            raise
        self._kept.append(connection)
        return answers


class _BoundedPipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        async with asyncio.timeout(COMMAND_SECONDS):
            return await super().execute(raise_on_error)


def open_redis(url: str) -> Redis:
    """A client whose every call is over in 5 s. Views retry by themselves, so it does not.

    With the third version of the protocol redis-py 8 listens for maintenance, and then it does not
    look whether the server has closed a connection before it is used again.
    """
    return _AutoPipelined.from_pool(  # which makes the client close its pool
        ConnectionPool.from_url(
            url,
            connection_class=_Connection,
            max_connections=CONNECTIONS,
            socket_timeout=None,
            socket_connect_timeout=COMMAND_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    )


class Script:
    """A Lua script, sent by its hash, and in full where the server does not know it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = ""

    async def load(self, redis: Redis) -> None:
        self.sha = await redis.script_load(self.source)

    async def __call__(
        self, redis: Redis, keys: Sequence[str], arguments: Sequence[Argument] = ()
    ) -> Any:
        if not self.sha:
            await self.load(redis)
        try:
            return await redis.evalsha(self.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            await self.load(redis)
            return await redis.evalsha(self.sha, len(keys), *keys, *arguments)


async def call_all(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    """Every call's answer, in one round trip. The scripts must stand being run twice."""
    if not calls:
        return []
    scripts = {script for script, _, _ in calls}
    for script in scripts:
        if not script.sha:
            await script.load(redis)
    try:
        return await _send(redis, calls)
    except NoScriptError:
        await asyncio.gather(*(script.load(redis) for script in scripts))
        return await _send(redis, calls)


async def _send(redis: Redis, calls: Iterable[Call]) -> list[Any]:
    async with redis.pipeline(transaction=False) as pipeline:
        for script, keys, arguments in calls:
            pipeline.evalsha(script.sha, len(keys), *keys, *arguments)
        return await pipeline.execute()


def order_of_ids(at: int) -> str:
    """Lua: `order(a, b)` is -1, 0 or 1 as the ids in bytes `at` to `at` + 7 of two strings compare.

    Lua's numbers are doubles, so an id is compared as two halves of 32 bits.
    """
    return f"""
local function order(a, b)
  local ah, al = struct.unpack('>I4I4', a, {at})
  local bh, bl = struct.unpack('>I4I4', b, {at})
  if ah ~= bh then return ah < bh and -1 or 1 end
  if al ~= bl then return al < bl and -1 or 1 end
  return 0
end
"""


async def keys_matching(redis: Redis, pattern: str) -> set[bytes]:
    """A scan names some keys twice when the server's table grows or shrinks meanwhile."""
    return {key async for key in redis.scan_iter(match=pattern, count=1_000)}


async def delete_matching(redis: Redis, pattern: str) -> None:
    """Unlinks every key that matches, a thousand at a time."""
    keys: list[bytes] = []
    async for key in redis.scan_iter(match=pattern, count=1_000):
        keys.append(key)
        if len(keys) == 1_000:
            await redis.unlink(*keys)
            keys.clear()
    if keys:
        await redis.unlink(*keys)
