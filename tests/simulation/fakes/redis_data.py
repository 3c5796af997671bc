"""What a Redis holds, and the commands on it that the views and their scripts send."""

from collections.abc import Callable
from copy import deepcopy
from fnmatch import fnmatchcase
from typing import Any

Argument = bytes | str | int | float
Answer = bytes | int | list[Any] | None


def as_bytes(argument: Argument) -> bytes:
    if isinstance(argument, bytes):
        return argument
    if isinstance(argument, float):
        assert argument.is_integer(), "Redis would write a fraction its own way"
        argument = int(argument)
    return str(argument).encode()


class RedisData:
    """`clock` gives seconds; keys live as long as commands say. Answers are as in RESP 2."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._values: dict[bytes, Any] = {}
        self._ends: dict[bytes, float] = {}
        self._saved: tuple[dict[bytes, Any], dict[bytes, float]] = {}, {}
        self._started = 1

    def save(self) -> None:
        self._saved = deepcopy((self._values, self._ends))

    def restart(self) -> None:
        self._values, self._ends = deepcopy(self._saved)
        self._started += 1

    def keys(self, pattern: str, kind: str | None = None) -> list[bytes]:
        kinds = {"string": bytes, None: object}
        return [
            key
            for key in list(self._values)
            if fnmatchcase(key.decode(), pattern.replace("[", "[[]"))
            and isinstance(self._get(key), kinds[kind])
        ]

    def command(self, name: str, *arguments: Argument) -> Answer:
        """Raises `AttributeError` where it knows no such command."""
        answer: Answer = getattr(self, f"_{name.lower()}_")(*map(as_bytes, arguments))
        return answer

    def _get(self, key: bytes) -> Any:
        if self._ends.get(key, float("inf")) <= self._clock():
            self._forget(key)
        return self._values.get(key)

    def _forget(self, key: bytes) -> None:
        self._values.pop(key, None)
        self._ends.pop(key, None)

    def _of(self, key: bytes, empty: Any) -> Any:
        """The container at the key, put there if there is none."""
        found = self._get(key)
        if found is None:
            found = self._values[key] = empty
        return found

    def _list(self, key: bytes) -> list[bytes]:
        found: list[bytes] = self._get(key) or []
        return found

    def _info_(self, section: bytes) -> Answer:
        assert section == b"server"
        return b"# Server\r\nrun_id:%d\r\n" % self._started

    def _get_(self, key: bytes) -> Answer:
        value: bytes | None = self._get(key)
        return value

    def _mget_(self, *keys: bytes) -> Answer:
        return [self._get(key) for key in keys]

    def _set_(self, key: bytes, value: bytes, *options: bytes) -> Answer:
        present = self._get(key) is not None
        if b"NX" in options and present:
            return None
        self._values[key] = value
        if b"KEEPTTL" not in options:
            self._ends.pop(key, None)
        if b"EX" in options:
            self._expire_(key, options[options.index(b"EX") + 1])
        return b"OK"

    def _del_(self, *keys: bytes) -> Answer:
        known = [key for key in keys if self._get(key) is not None]
        for key in known:
            self._forget(key)
        return len(known)

    def _exists_(self, key: bytes) -> Answer:
        return int(self._get(key) is not None)

    def _expire_(self, key: bytes, seconds: bytes) -> Answer:
        return self._pexpire_(key, seconds + b"000")

    def _pexpire_(self, key: bytes, milliseconds: bytes) -> Answer:
        if self._get(key) is None:
            return 0
        self._ends[key] = self._clock() + int(milliseconds) / 1_000
        return 1

    def _ttl_(self, key: bytes) -> Answer:
        left = self._pttl_(key)
        assert isinstance(left, int)
        return left if left < 0 else round(left / 1_000)

    def _pttl_(self, key: bytes) -> Answer:
        if self._get(key) is None:
            return -2
        return round((self._ends[key] - self._clock()) * 1_000) if key in self._ends else -1

    def _hget_(self, key: bytes, field: bytes) -> Answer:
        value: bytes | None = (self._get(key) or {}).get(field)
        return value

    def _hset_(self, key: bytes, *fields_and_values: bytes) -> Answer:
        known = self._of(key, {})
        before = len(known)
        known |= zip(fields_and_values[::2], fields_and_values[1::2], strict=True)
        return len(known) - before

    def _hincrby_(self, key: bytes, field: bytes, by: bytes) -> Answer:
        value = int((self._get(key) or {}).get(field, 0)) + int(by)
        self._hset_(key, field, as_bytes(value))
        return value

    def _hgetall_(self, key: bytes) -> Answer:
        return [part for pair in (self._get(key) or {}).items() for part in pair]

    def _sadd_(self, key: bytes, member: bytes) -> Answer:
        members = self._of(key, {})  # a dict, whose order is the same in every run
        new = member not in members
        members[member] = None
        return int(new)

    def _srem_(self, key: bytes, member: bytes) -> Answer:
        members = self._get(key) or {}
        gone = members.pop(member, b"") is None
        self._drop_empty(key)
        return int(gone)

    def _sismember_(self, key: bytes, member: bytes) -> Answer:
        return int(member in (self._get(key) or {}))

    def _smismember_(self, key: bytes, *members: bytes) -> Answer:
        return [self._sismember_(key, member) for member in members]

    def _smembers_(self, key: bytes) -> Answer:
        return list(self._get(key) or {})

    def _llen_(self, key: bytes) -> Answer:
        return len(self._list(key))

    def _lindex_(self, key: bytes, at: bytes) -> Answer:
        elements, index = self._list(key), int(at)
        return elements[index] if -len(elements) <= index < len(elements) else None

    def _lrange_(self, key: bytes, first: bytes, last: bytes) -> Answer:
        elements = self._list(key)
        start, end = (
            int(n) if int(n) >= 0 else max(0, len(elements) + int(n)) for n in (first, last)
        )
        return elements[start : end + 1] if elements else []

    def _lpush_(self, key: bytes, *elements: bytes) -> Answer:
        known: list[bytes] = self._of(key, [])
        known[:0] = reversed(elements)
        return len(known)

    def _rpush_(self, key: bytes, *elements: bytes) -> Answer:
        known: list[bytes] = self._of(key, [])
        known.extend(elements)
        return len(known)

    def _linsert_(self, key: bytes, where: bytes, pivot: bytes, element: bytes) -> Answer:
        assert where == b"BEFORE"
        elements = self._list(key)
        if pivot not in elements:
            return -1 if elements else 0
        elements.insert(elements.index(pivot), element)
        return len(elements)

    def _lrem_(self, key: bytes, count: bytes, element: bytes) -> Answer:
        assert count == b"0"
        elements = self._list(key)
        gone = elements.count(element)
        elements[:] = [one for one in elements if one != element]
        self._drop_empty(key)
        return gone

    def _ltrim_(self, key: bytes, first: bytes, last: bytes) -> Answer:
        kept = self._lrange_(key, first, last)
        if (elements := self._get(key)) is not None:
            elements[:] = kept
        self._drop_empty(key)
        return b"OK"

    def _drop_empty(self, key: bytes) -> None:
        """Redis has no empty containers."""
        if not self._values.get(key, True):
            self._forget(key)
