"""The keys of one generation. All of a user's keys share a hash tag, and so a cluster slot."""

from collections.abc import Mapping

from projections.redis import Call
from projections.timelines.scripts import PUSH

TAGS = 31
"""Hash tags over which users spread; prime, since the low bits of Snowflakes are mostly zero.

More tags let more cluster nodes share the timelines, fewer let a script carry more followers.
"""

HOMES_A_CALL = 1_000


class Keys:
    def __init__(self, generation: int) -> None:
        prefix = f"timelines.g{generation}"
        self.pattern = f"{prefix}:*"
        self.home_prefix = f"{prefix}:*:home:"
        self.author_pattern = f"{prefix}:*:author:*"
        self.silenced_pattern = f"{prefix}:*:silenced:*"
        self.checkpoints = f"{prefix}:checkpoints"
        self.heard = f"{prefix}:heard"
        self.celebrities = f"{prefix}:celebrities"
        self.marked = f"{prefix}:celebrities:marked"
        self._homes = [f"{prefix}:{{{tag}}}:home:" for tag in range(TAGS)]
        self._authors = [f"{prefix}:{{{tag}}}:author:" for tag in range(TAGS)]
        self._left = [f"{prefix}:{{{tag}}}:left:" for tag in range(TAGS)]
        self._hidden = [f"{prefix}:{{{tag}}}:hidden:" for tag in range(TAGS)]
        self._silenced = [f"{prefix}:{{{tag}}}:silenced:" for tag in range(TAGS)]
        self._followed = [f"{prefix}:{{{tag}}}:celebrities:" for tag in range(TAGS)]

    def home(self, user: int) -> str:
        return f"{self._homes[user % TAGS]}{user}"

    def author(self, user: int) -> str:
        return f"{self._authors[user % TAGS]}{user}"

    def left(self, user: int) -> str:
        """By entry that has left the author's list lately, the offset at which it did, or at which
        it came again."""
        return f"{self._left[user % TAGS]}{user}"

    def hidden(self, user: int) -> str:
        """By author, whether their entries are kept out of the home timeline of `user`."""
        return f"{self._hidden[user % TAGS]}{user}"

    def silenced(self, user: int) -> str:
        """Whom `user` has muted or blocked, or was blocked by, as `silences.py` says."""
        return f"{self._silenced[user % TAGS]}{user}"

    def celebrities_of(self, user: int) -> str:
        """Followees of `user` that are not fanned out but merged when read."""
        return f"{self._followed[user % TAGS]}{user}"

    def all_of(self, user: int) -> list[str]:
        return [self.home(user), self.hidden(user), self.celebrities_of(user)]

    def deliveries(self, entries_of: Mapping[int, bytes], cap: int) -> list[Call]:
        """Calls that push to each user's home, if there is one, the user's packed entries.

        One call a hash tag, or more where it would carry over a thousand homes.
        """
        homes = self._homes
        keys: list[list[str]] = [[] for _ in range(TAGS)]
        blobs: list[list[bytes]] = [[] for _ in range(TAGS)]
        for user, entries in entries_of.items():
            tag = user % TAGS
            keys[tag].append(homes[tag] + str(user))
            blobs[tag].append(entries)
        return [
            (
                PUSH,
                keys[tag][at : at + HOMES_A_CALL],
                [cap, *blobs[tag][at : at + HOMES_A_CALL]],
            )
            for tag in range(TAGS)
            for at in range(0, len(keys[tag]), HOMES_A_CALL)
        ]
