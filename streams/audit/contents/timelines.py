"""What the timelines hold: homes as readers see them, without the authors that are hidden."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, NamedTuple, cast

from projections.redis import Redis
from projections.stores import Stores
from projections.timelines.entries import CAP, COMPLETE, is_mark, unpack
from projections.timelines.keys import Keys
from schemas.tweets import Entry
from streams.audit.contents.keys import names


class AuthorList(list[Entry]):
    """An author's entries, newest first. Those with ids lower than `floor` it may lack."""

    def __init__(self, entries: Iterable[Entry] = (), floor: int = 0) -> None:
        super().__init__(entries)
        self.floor = floor


class Home(NamedTuple):
    """What is `shown` to its reader, newest first. Those with ids lower than `floor` it may lack,
    and one that is being `built` lacks others."""

    shown: list[Entry]
    floor: int
    built: bool


async def timelines(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    keys = Keys(generation)
    async for key in names(stores.redis, keys.pattern.removesuffix("*")):
        for entry in (await _of_key(stores.redis, keys, key)).items():
            yield entry


async def _of_key(redis: Redis, keys: Keys, key: str) -> dict[str, Any]:
    """A key that no reader looks at stands for itself."""
    if key in (keys.checkpoints, keys.heard):
        return {}
    if key == keys.celebrities:
        return {f"celebrity {author}": True for author in await _members(redis, key)}
    if key == keys.marked:
        return {f"marked celebrity {author}": True for author in await _members(redis, key)}
    last = key.rpartition(":")[2]
    user = int(last) if last.isdigit() else 0
    if key == keys.author(user):
        return {f"author {user}": await author_of(redis, keys, user)}
    if key == keys.home(user):
        home = await home_of(redis, keys, user)
        return {f"{'home' if home.built else 'open home'} {user}": home.shown} if home else {}
    if key == keys.celebrities_of(user):
        return {f"celebrity {author} of {user}": True for author in await _members(redis, key)}
    if key == keys.left(user):
        offsets = cast("dict[bytes, bytes]", await redis.hgetall(key))
        return {
            f"left {entry}": int(offset)
            for packed, offset in offsets.items()
            for entry in unpack(packed)
        }
    if key == keys.hidden(user):
        states = await _states(redis, key)
        return {
            f"hidden from {user}: {author}": "hidden" if state % 2 else "shown again"
            for author, state in states.items()
        }
    if key == keys.silenced(user):
        states = await _states(redis, key)
        return {
            f"silenced for {user}: {who}": {"silenced": bool(state % 2), "offset": state // 2}
            for who, state in states.items()
        }
    return {f"key {key}": True}


def _author(elements: list[bytes]) -> AuthorList:
    """Where it was cut, its last entry says so, or a mark once that has left too."""
    entries = unpack(b"".join(elements))
    if not elements or elements[-1] == COMPLETE:
        return AuthorList(entries)
    marked = len(entries) < len(elements)
    return AuthorList(
        entries, int.from_bytes(elements[-1][8:16]) if marked else entries.tweet_ids[-1]
    )


async def home_of(redis: Redis, keys: Keys, user: int) -> Home | None:
    elements = await _elements(redis, keys.home(user))
    if not elements:
        return None
    entries = unpack(b"".join(elements))
    marked = is_mark(elements[-1])
    cut = len(entries) >= CAP or not marked
    states = await _states(redis, keys.hidden(user))
    shown = [entry for entry in entries if not states.get(str(entry.author), 0) % 2]
    built = elements[-1] == COMPLETE or not marked
    return Home(shown, entries.tweet_ids[-1] if cut else 0, built)


async def author_of(redis: Redis, keys: Keys, user: int) -> AuthorList:
    """As `Home` says it, an author's own entries; marks say where they were cut."""
    return _author(await _elements(redis, keys.author(user)))


async def _elements(redis: Redis, key: str) -> list[bytes]:
    return cast("list[bytes]", await redis.lrange(key, 0, -1))


async def _members(redis: Redis, key: str) -> list[str]:
    return [member.decode() for member in cast("set[bytes]", await redis.smembers(key))]


async def _states(redis: Redis, key: str) -> dict[str, int]:
    states = cast("dict[bytes, bytes]", await redis.hgetall(key))
    return {name.decode(): int(state) for name, state in states.items()}
