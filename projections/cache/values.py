"""What the cache holds for a tweet: itself, or why a reader must look elsewhere.

`T` + its newest version in 8 bytes + the tweet in MessagePack; `D`, it is deleted; `E` + 8 bytes,
it was edited: only a tweet that has this version or a newer one may take the place.

For a user and a tweet, `R` + an offset in 8 bytes + the retweet in MessagePack, undone or not: only
what the log says later may take the place.
"""

from enum import Enum

import msgspec

from projections.redis import Script, order_of_ids
from schemas.tweets import Retweet, Tweet

TTL_SECONDS = 86_400
DELETED = b"D"

_encoder = msgspec.msgpack.Encoder()
_decode = msgspec.msgpack.Decoder(Tweet).decode
_decode_retweet = msgspec.msgpack.Decoder(Retweet).decode


class Missing(Enum):
    """The cache cannot tell: ask the tweet store."""

    MISSING = "missing"


MISSING = Missing.MISSING


def key_of(generation: int, tweet_id: int) -> str:
    return f"cache.g{generation}:{tweet_id}"


def retweet_key(generation: int, pair: tuple[int, int]) -> str:
    return f"cache.g{generation}:{pair[0]}:{pair[1]}"


def tweet_value(tweet: Tweet) -> bytes:
    return b"T" + tweet.newest.to_bytes(8) + _encoder.encode(tweet)


def edited_value(version_id: int) -> bytes:
    return b"E" + version_id.to_bytes(8)


def retweet_value(retweet: Retweet) -> bytes:
    return b"R" + retweet.offset.to_bytes(8) + _encoder.encode(retweet)


def parse_retweet(value: bytes) -> Retweet:
    return _decode_retweet(value[9:])


def parse(value: bytes | None) -> Tweet | Missing | None:
    """The tweet, None for a deleted one, `MISSING` when the value does not say."""
    if value is None:
        return MISSING
    if value.startswith(b"T"):
        return _decode(value[9:])
    return None if value == DELETED else MISSING


_ORDER = order_of_ids(at=2)

FILL = Script(
    _ORDER
    + """
-- KEYS: tweet. ARGV: value, seconds to live. Never takes the place of anything that may be newer.
local now = redis.call('GET', KEYS[1])
if now and (string.sub(now, 1, 1) ~= 'E' or order(ARGV[1], now) < 0) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
)

WRITE = Script(
    _ORDER
    + """
-- KEYS: tweets, and users' retweets of tweets. ARGV: seconds to live, and a value for each key.
for i, key in ipairs(KEYS) do
  local value = ARGV[i + 1]
  local kind = string.sub(value, 1, 1)
  if kind == 'T' then
    redis.call('SET', key, value, 'EX', ARGV[1], 'NX')
  else
    local now = kind ~= 'D' and redis.call('GET', key)
    if now and kind == 'E' then
      -- Coming late, it must not open the place to a version older than the newest that was known.
      local o = string.sub(now, 1, 1) == 'D' and 0 or order(now, value)
      if o > 0 then value = 'E' .. string.sub(now, 2, 9) end
      if o == 0 then value = nil end
    elseif now and order(now, value) >= 0 then
      value = nil
    end
    if value then redis.call('SET', key, value, 'EX', ARGV[1]) end
  end
end
return 1
"""
)
