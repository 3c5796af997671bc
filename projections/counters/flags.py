"""What a viewer has done to tweets, in Redis: one string a viewer, of the marks made last.

    `L` + floor in 8 bytes, or `O` + token in 8 bytes while the marks are being loaded; then for
    each mark: tweet in 8 bytes, letter of the family, offset in 8 bytes, kind in one

A tweet above the floor without a mark here has none: the floor is the oldest mark that was loaded,
and nobody marks a tweet before it exists.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import cast

from msgspec import Struct

from projections.counters.fold import Held
from projections.counters.sources import BOOKMARK, DISLIKE, LIKE, NONE, RETWEET, Family, Marked
from projections.redis import Redis, Script, call_all
from schemas.ids import MAX_ID, TIME_SHIFT

TTL_SECONDS = 86_400
OPEN_SECONDS = 60
LOADED = 200
"""Marks of each kind that are loaded at most."""

MOST = 2_000
"""A string that has grown to more is dropped, and loaded again when read."""

CLOCKS_MS = 60_000
"""Gateways' clocks differ by less: the id of a mark may be that much lower than its tweet's."""

KINDS = (LIKE, DISLIKE, BOOKMARK, RETWEET)
HEAD, RECORD = 9, 18
_LETTERS: dict[Family, bytes] = {"reaction": b"r", "bookmark": b"b", "retweet": b"t"}
_CODES = {kind: bytes([code]) for code, kind in enumerate((NONE, *KINDS))}
_KIND_OF = {code[0]: kind for kind, code in _CODES.items()}

_MERGE = """
local function merge(value, record)
  local field, from, at = string.sub(record, 1, 9), 10, nil
  repeat
    at = string.find(value, field, from, true)
    from = (at or 0) + 1
  until not at or (at - 10) % 18 == 0
  if not at then return value .. record end
  local nh, nl = struct.unpack('>I4I4', value, at + 9)
  local vh, vl = struct.unpack('>I4I4', record, 10)
  if nh > vh or (nh == vh and nl >= vl) then return value end
  return string.sub(value, 1, at - 1) .. record .. string.sub(value, at + 18)
end
"""
LOAD = Script(
    _MERGE
    + """
-- KEYS: viewer. ARGV: head as opened, head with the floor, marks as loaded, seconds to live.
-- Only who opened may load; marks that were made since then are kept.
local now = redis.call('GET', KEYS[1])
if not now or string.sub(now, 1, 9) ~= ARGV[1] then return 0 end
local value = ARGV[2] .. ARGV[3]
for at = 10, #now, 18 do value = merge(value, string.sub(now, at, at + 17)) end
redis.call('SET', KEYS[1], value, 'EX', ARGV[4])
return 1
"""
)
UPDATE = Script(
    _MERGE
    + f"""
-- KEYS: viewer. ARGV: marks. Only where somebody has loaded the marks, or is loading them.
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
for i = 1, #ARGV do value = merge(value, ARGV[i]) end
if #value > {HEAD + MOST * RECORD} then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], value, 'KEEPTTL')
return 1
"""
)
EXISTING = Script("""
-- KEYS: viewers. Answers for each whether there is one.
local there = {}
for i, key in ipairs(KEYS) do there[i] = redis.call('EXISTS', key) end
return there
""")
ASKED_AT_ONCE = 1_000


class Flags(Struct, frozen=True):
    """What one viewer has done to one tweet."""

    liked: bool = False
    disliked: bool = False
    retweeted: bool = False
    bookmarked: bool = False


UNMARKED = Flags()


def flags_of(kinds: Iterable[str]) -> Flags:
    marks = set(kinds)
    return Flags(LIKE in marks, DISLIKE in marks, RETWEET in marks, BOOKMARK in marks)


def floor_of(oldest: int) -> int:
    """`oldest` is the event id of the oldest mark that was loaded, or 0 if all were."""
    return min(MAX_ID, oldest + (CLOCKS_MS << TIME_SHIFT)) if oldest else 0


def parse(tweets: Sequence[int], value: bytes | None) -> dict[int, Flags] | None:
    """Without those tweets for which the value does not tell; None, if nobody has loaded any."""
    if value is None:
        return None
    if value[:1] != b"L":
        return {}
    floor = int.from_bytes(value[1:HEAD])
    found: dict[int, Flags] = {}
    for tweet in tweets:
        if tweet > floor:
            marked = tweet.to_bytes(8)
            found[tweet] = flags_of(_kinds(value, marked)) if marked in value else UNMARKED
    return found


def _kinds(value: bytes, tweet: bytes) -> list[str]:
    kinds: list[str] = []
    at = value.find(tweet, HEAD)
    while at >= 0:
        if (at - HEAD) % RECORD == 0:
            kinds.append(_KIND_OF[value[at + RECORD - 1]])
        at = value.find(tweet, at + 1)
    return kinds


class ViewerMarks:
    def __init__(self, redis: Redis, generation: int) -> None:
        self._redis = redis
        self._generation = generation

    def key(self, viewer: int) -> str:
        return f"counters.g{self._generation}:viewer:{viewer}"

    async def get(self, viewer: int) -> bytes | None:
        return cast("bytes | None", await self._redis.get(self.key(viewer)))

    async def open(self, viewer: int) -> bytes | None:
        """What to load them with; None, if they are there or somebody else is loading them."""
        head = b"O" + os.urandom(8)
        opened = await self._redis.set(self.key(viewer), head, nx=True, ex=OPEN_SECONDS)
        return head if opened else None

    async def load(self, viewer: int, head: bytes, floor: int, marks: Iterable[Held]) -> None:
        loaded = b"".join(_records(marks))
        with_floor = b"L" + floor.to_bytes(8)
        await LOAD(self._redis, [self.key(viewer)], [head, with_floor, loaded, TTL_SECONDS])

    async def update(self, by_viewer: Mapping[int, Iterable[Held]]) -> None:
        """Writes marks where their viewer's have been loaded, or are being.

        They must be stored already: who begins to load after this has asked finds them there.
        """
        await call_all(
            self._redis,
            [
                (UPDATE, [self.key(viewer)], records)
                for viewer in await self._existing(list(by_viewer))
                if (records := _records(by_viewer[viewer]))
            ],
        )

    async def _existing(self, viewers: Sequence[int]) -> list[int]:
        found: list[int] = []
        for start in range(0, len(viewers), ASKED_AT_ONCE):
            some = viewers[start : start + ASKED_AT_ONCE]
            there = await EXISTING(self._redis, [self.key(viewer) for viewer in some])
            found += compress(some, there)
        return found


def _records(marks: Iterable[Held]) -> list[bytes]:
    return [
        mark.tweet.to_bytes(8) + letter + offset.to_bytes(8) + _CODES[mark.kind]
        for mark, offset in marks
        if isinstance(mark, Marked) and (letter := _LETTERS.get(mark.family))
    ]
