"""User names for the texts of retweets."""

import time
from collections.abc import Collection

from gateway.accounts import Accounts
from gateway.remembered import Remembered

REMEMBER_SECONDS = 10.0
"""For so long a retweet may show a name that was changed since."""


class Names:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._known = Remembered[int, str]()

    async def of(self, user_ids: Collection[int]) -> dict[int, str]:
        """By user, without those whose accounts are gone."""
        names = self._known.among(user_ids)
        if unknown := [user_id for user_id in user_ids if user_id not in names]:
            until = time.monotonic() + REMEMBER_SECONDS
            users = await self._accounts.by_ids(unknown)
            found = {user.user_id: user.username for user in users.values()}
            self._known.keep(found, until)
            names |= found
        return names
