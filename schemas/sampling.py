"""Drawing tweets by lot, the same ones for everybody and in every process."""

from hashlib import blake2b


def hundredth(tweet_id: int) -> int:
    """From 0 to 99, each as likely; the same for all versions of a tweet."""
    return _drawn(tweet_id) % 100


def half(tweet_id: int) -> int:
    """0 or 1, as likely, whatever the hundredth."""
    return _drawn(tweet_id) // 100 % 2


def _drawn(tweet_id: int) -> int:
    return int.from_bytes(blake2b(tweet_id.to_bytes(8), digest_size=4).digest())
