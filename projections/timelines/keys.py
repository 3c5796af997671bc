"""The keys of one generation. All of a user's keys share a hash tag, and so a cluster slot."""

from projections.redis import Call, Script

TAGS = 31
"""Hash tags over which users spread; prime, since the low bits of Snowflakes are mostly zero.

More tags let more cluster nodes share the timelines, fewer let a script carry more followers.
"""


class Keys:
    def __init__(self, generation: int) -> None:
        prefix = f"timelines.g{generation}"
        self.pattern = f"{prefix}:*"
        self.author_pattern = f"{prefix}:*:author:*"
        self.checkpoints = f"{prefix}:checkpoints"
        self.celebrities = f"{prefix}:celebrities"
        self.marked = f"{prefix}:celebrities:marked"
        self._homes = [f"{prefix}:{{{tag}}}:home:" for tag in range(TAGS)]
        self._authors = [f"{prefix}:{{{tag}}}:author:" for tag in range(TAGS)]
        self._hidden = [f"{prefix}:{{{tag}}}:hidden:" for tag in range(TAGS)]
        self._followed = [f"{prefix}:{{{tag}}}:celebrities:" for tag in range(TAGS)]

    def home(self, user: int) -> str:
        return f"{self._homes[user % TAGS]}{user}"

    def author(self, user: int) -> str:
        return f"{self._authors[user % TAGS]}{user}"

    def hidden(self, user: int) -> str:
        """Authors whose entries in the home timeline of `user` are not shown any more."""
        return f"{self._hidden[user % TAGS]}{user}"

    def celebrities_of(self, user: int) -> str:
        """Followees of `user` that are not fanned out but merged when read."""
        return f"{self._followed[user % TAGS]}{user}"

    def all_of(self, user: int) -> list[str]:
        return [self.home(user), self.hidden(user), self.celebrities_of(user)]

    def deliveries(
        self, script: Script, posts: list[tuple[bytes, list[int]]], cap: int
    ) -> list[Call]:
        """One call a hash tag that carries each blob of entries to all of its followers' homes."""
        homes = self._homes
        keys: list[list[str]] = [[] for _ in range(TAGS)]
        arguments: list[list[bytes | int]] = [[cap, 0] for _ in range(TAGS)]
        for blob, followers in posts:
            before = [len(tagged) for tagged in keys]
            for follower in followers:
                tag = follower % TAGS
                keys[tag].append(homes[tag] + str(follower))
            for tag, tagged in enumerate(keys):
                if count := len(tagged) - before[tag]:
                    arguments[tag] += (count, blob)
        return [(script, tagged, arguments[tag]) for tag, tagged in enumerate(keys) if tagged]
