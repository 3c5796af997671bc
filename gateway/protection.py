"""Which accounts are protected."""

import time
from collections.abc import Collection

from gateway.accounts import Accounts

REMEMBER_SECONDS = 5.0
"""For so long a gateway goes by what it knew; the one that changes an account knows at once."""

REMEMBER_ACCOUNTS = 100_000


class Protection:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._known: dict[int, tuple[bool, float]] = {}
        self._changes = 0

    async def among(self, users: Collection[int]) -> set[int]:
        """Those of `users` whose accounts are protected."""
        now = time.monotonic()
        known = {
            user: kept[0] for user in users if (kept := self._known.get(user)) and now < kept[1]
        }
        protected = {user for user, is_protected in known.items() if is_protected}
        if unknown := [user for user in users if user not in known]:
            changes = self._changes
            found = await self._accounts.protected_among(unknown)
            if len(self._known) + len(unknown) > REMEMBER_ACCOUNTS:
                self._known.clear()
            if changes == self._changes:
                until = now + REMEMBER_SECONDS
                self._known |= {user: (user in found, until) for user in unknown}
            protected |= found
        return protected

    def forget(self, user: int) -> None:
        """What is being asked right now is not kept either: it may be from before."""
        self._changes += 1
        self._known.pop(user, None)
