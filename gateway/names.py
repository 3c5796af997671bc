"""User names for the texts of retweets."""

import time
from collections.abc import Iterable

from gateway.accounts import Accounts

REMEMBER_SECONDS = 10.0
"""For so long a retweet may show a name that was changed since."""

REMEMBER_NAMES = 100_000


class Names:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._known: dict[int, tuple[str, float]] = {}

    async def of(self, user_ids: Iterable[int]) -> dict[int, str]:
        """By user, without those whose accounts are gone."""
        now = time.monotonic()
        names: dict[int, str] = {}
        unknown = []
        for user_id in user_ids:
            known = self._known.get(user_id)
            if known is not None and now < known[1]:
                names[user_id] = known[0]
            else:
                unknown.append(user_id)
        if unknown:
            if len(self._known) >= REMEMBER_NAMES:
                self._known.clear()
            for user in (await self._accounts.by_ids(unknown)).values():
                names[user.user_id] = user.username
                self._known[user.user_id] = user.username, now + REMEMBER_SECONDS
        return names
