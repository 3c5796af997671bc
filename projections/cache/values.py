"""What the cache holds for a tweet: itself, or why a reader must look elsewhere.

`T` + the tweet in MessagePack; `D`, it is deleted; `E` + 8 bytes, it was edited: only a tweet
that has this version or a newer one may take the place.
"""

from enum import Enum

import msgspec

from projections.redis import Script
from schemas.tweets import Tweet

TTL_SECONDS = 86_400
DELETED = b"D"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Tweet)


class Missing(Enum):
    """The cache cannot tell: ask the tweet store."""

    MISSING = "missing"


MISSING = Missing.MISSING


def key_of(generation: int, tweet_id: int) -> str:
    return f"cache.g{generation}:{tweet_id}"


def tweet_value(tweet: Tweet) -> bytes:
    return b"T" + _encoder.encode(tweet)


def edited_value(version_id: int) -> bytes:
    return b"E" + version_id.to_bytes(8)


def parse(value: bytes | None) -> Tweet | Missing | None:
    """The tweet, None for a deleted one, `MISSING` when the value does not say."""
    if value is None or value[:1] == b"E":
        return MISSING
    if value == DELETED:
        return None
    return _decoder.decode(memoryview(value)[1:])


FILL = Script("""
-- KEYS: tweet. ARGV: value, its newest version in 8 bytes, seconds to live. Never takes the
-- place of anything that may be newer.
local now = redis.call('GET', KEYS[1])
if now then
  if string.sub(now, 1, 1) ~= 'E' then return 0 end
  local eh, el = struct.unpack('>I4I4', string.sub(now, 2))
  local vh, vl = struct.unpack('>I4I4', ARGV[2])
  if vh < eh or (vh == eh and vl < el) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return 1
""")
