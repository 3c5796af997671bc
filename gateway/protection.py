"""Which accounts are protected."""

import time
from collections.abc import Collection

from gateway.accounts import Accounts
from gateway.remembered import Remembered

REMEMBER_SECONDS = 5.0
"""For so long a gateway goes by what it knew; the one that changes an account knows at once."""


class Protection:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._known = Remembered[int, bool]()
        self._changes = 0

    async def among(self, users: Collection[int]) -> set[int]:
        """Those of `users` whose accounts are protected."""
        known = self._known.among(users)
        protected = {user for user, is_protected in known.items() if is_protected}
        if unknown := [user for user in users if user not in known]:
            changes, until = self._changes, time.monotonic() + REMEMBER_SECONDS
            found = await self._accounts.protected_among(unknown)
            if changes == self._changes:
                self._known.keep({user: user in found for user in unknown}, until)
            protected |= found
        return protected

    def forget(self, user: int) -> None:
        """What is being asked right now is not kept either: it may be from before."""
        self._changes += 1
        self._known.forget(user)
