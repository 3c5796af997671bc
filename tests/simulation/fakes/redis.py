"""Redis in memory: what redis-py's client offers to the views."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from hashlib import sha1
from types import TracebackType
from typing import Any, Self

from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import NoScriptError

from tests.simulation.fakes.lua import run
from tests.simulation.fakes.redis_data import Argument, RedisData
from tests.simulation.wire import Wire


def away() -> Exception:
    return RedisAway("the simulation cut the connection")


class RedisClient:
    def __init__(self, wire: Wire, clock: Callable[[], float]) -> None:
        self.data = RedisData(clock)
        self.wire = wire
        self._scripts: dict[str, str] = {}

    def save(self) -> None:
        self.data.save()

    def restart(self) -> None:
        """With what was saved last, or with nothing where that was never done."""
        self.data.restart()
        self._scripts.clear()

    async def get(self, key: str | bytes) -> Any:
        return await self._send("GET", key)

    async def mget(self, keys: list[str]) -> Any:
        return await self._send("MGET", *keys)

    async def set(self, key: str, value: bytes, *, nx: bool = False, ex: int | None = None) -> Any:
        return await self._send("SET", key, value, *options(nx, ex))

    async def delete(self, *keys: str) -> Any:
        return await self._send("DEL", *keys)

    async def hget(self, key: str, field: str) -> Any:
        return await self._send("HGET", key, field)

    async def hgetall(self, key: str) -> dict[bytes, bytes]:
        flat = await self._send("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    async def sadd(self, key: str, member: Argument) -> Any:
        return await self._send("SADD", key, member)

    async def sismember(self, key: str, member: Argument) -> Any:
        return await self._send("SISMEMBER", key, member)

    async def smismember(self, key: str, members: list[str]) -> Any:
        return await self._send("SMISMEMBER", key, *members)

    async def smembers(self, key: str) -> Any:
        return await self._send("SMEMBERS", key)

    async def lrange(self, key: str, first: int, last: int) -> Any:
        return await self._send("LRANGE", key, first, last)

    async def scan_iter(
        self, *, match: str, count: int, _type: str | None = None
    ) -> AsyncIterator[bytes]:
        found = await self.wire.call(f"SCAN {match}", lambda: self.data.keys(match, _type))
        for key in [*found, *found[:2]]:  # some twice, as where a table grows meanwhile
            yield key

    async def script_load(self, source: str) -> str:
        name = sha1(source.encode(), usedforsecurity=False).hexdigest()
        self._scripts[name] = source
        return name

    async def evalsha(self, sha: str, number: int, *rest: Any) -> Any:
        return await self.wire.call(
            f"EVALSHA {shown(rest)}", partial(self.eval_now, sha, number, *rest)
        )

    def eval_now(self, sha: str, number: int, *rest: Any) -> Any:
        if sha not in self._scripts:
            raise NoScriptError("NOSCRIPT No matching script. Please use EVAL.")
        return run(self.data, self._scripts[sha], rest[:number], rest[number:])

    def pipeline(self, transaction: bool = True) -> "Pipeline":
        return Pipeline(self, transaction)

    async def _send(self, name: str, *arguments: Argument) -> Any:
        effect = partial(self.data.command, name, *arguments)
        return await self.wire.call(f"{name} {shown(arguments)}", effect)


class Pipeline:
    def __init__(self, client: RedisClient, transaction: bool) -> None:
        self._client = client
        self._transaction = transaction
        self._steps: list[Callable[[], Any]] = []
        self._shown: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._steps.clear()

    def set(self, key: str, value: bytes, *, nx: bool = False, ex: int | None = None) -> None:
        self._stage("SET", key, value, *options(nx, ex))

    def hincrby(self, key: str, field: str, by: int) -> None:
        self._stage("HINCRBY", key, field, by)

    def expire(self, key: str, seconds: int) -> None:
        self._stage("EXPIRE", key, seconds)

    def evalsha(self, sha: str, number: int, *rest: Any) -> None:
        self._shown.append(f"EVALSHA {shown(rest)}")
        self._steps.append(partial(self._client.eval_now, sha, number, *rest))

    async def execute(self) -> list[Any]:
        """What fails lets the rest run, and is raised afterwards, as redis-py does it."""
        if not self._steps:
            return []
        what = "; ".join(self._shown)
        steps = [partial(_tried, step) for step in self._steps]
        wire = self._client.wire
        if self._transaction:
            answers = await wire.call(f"MULTI {what}", lambda: [step() for step in steps])
        else:
            answers = await wire.run(what, steps)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _stage(self, name: str, *arguments: Argument) -> None:
        self._shown.append(f"{name} {shown(arguments)}")
        self._steps.append(partial(self._client.data.command, name, *arguments))


def options(nx: bool, ex: int | None) -> list[Argument]:
    given: list[Argument] = ["NX"] if nx else []
    return given if ex is None else [*given, "EX", ex]


def shown(arguments: Any) -> str:
    return " ".join(one.hex() if isinstance(one, bytes) else str(one) for one in arguments)


def _tried(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except NoScriptError as error:
        return error
