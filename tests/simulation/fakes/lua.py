"""The views' own Lua scripts, run by the Lua that is in Redis."""

import struct
from collections.abc import Sequence
from functools import cache
from typing import Any

from lupa import lua51

from tests.simulation.fakes.redis_data import RedisData, as_bytes

_lua: Any = lua51.LuaRuntime(encoding=None, unpack_returned_tuples=True)
_table = _lua.table_from
_is_table = lua51.lua_type


class _Called:
    """The data that the script which runs now is about: scripts run one at a time."""

    data: RedisData


def run(data: RedisData, source: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """What Redis would answer to EVAL."""
    _Called.data = data
    answer = _compiled(source)(
        _table([as_bytes(key) for key in keys]), _table([as_bytes(one) for one in arguments])
    )
    return _from_lua(answer)


@cache
def _compiled(source: str) -> Any:
    return _lua.execute(b"return function(KEYS, ARGV)\n" + source.encode() + b"\nend")


def _call(name: bytes, *arguments: Any) -> Any:
    return _to_lua(_Called.data.command(name.decode(), *arguments))


def _unpack(form: bytes, blob: bytes, at: int = 1) -> tuple[int, ...]:
    """As the library `struct` in Redis: the numbers, and where to go on."""
    assert form == b">I4I4", form
    return (*struct.unpack_from(">II", blob, int(at) - 1), int(at) + 8)


def _to_lua(answer: Any) -> Any:
    if isinstance(answer, list):
        return _table([_to_lua(one) for one in answer])
    return False if answer is None else answer


def _from_lua(answer: Any) -> Any:
    if answer is True:
        return 1
    if answer is False:
        return None
    if isinstance(answer, float):
        return int(answer)
    if _is_table(answer) == "table":
        found: list[Any] = []
        while (one := answer[len(found) + 1]) is not None:
            found.append(_from_lua(one))
        return found
    return answer


_lua.execute(b"redis = {}; struct = {}")
_lua.globals()[b"redis"][b"call"] = _call
_lua.globals()[b"struct"][b"unpack"] = _unpack
