"""Changing a profile: the account and its event in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg
from msgspec.structs import replace

from gateway.accounts import PROFILE, UsernameTaken, user_in
from gateway.outbox import to_outbox
from projections.postgres import Pool
from schemas.events import Event, FollowRequestAnswered, ProfileChanged
from schemas.users import User

if TYPE_CHECKING:
    from gateway.facts import Fact


class Profiles:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def change(
        self,
        user_id: int,
        changes: Mapping[str, Any],
        fact: "Callable[[], Fact]",
        *,
        requesters: Sequence[int] = (),
    ) -> User | None:
        """The user after the `changes`, fields of `User` by name; None when there is no account.

        When it ceases to be protected, those who asked to follow it do. Raises `UsernameTaken`.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                f"SELECT {PROFILE} FROM accounts WHERE user_id = $1 FOR UPDATE", user_id
            )
            if row is None:
                return None
            before = user_in(row)
            after = replace(before, **changes)
            if after == before:
                return after
            try:
                await connection.execute(
                    "UPDATE accounts SET username = $2, name = $3, description = $4, location = $5,"
                    " url = $6, protected = $7, pinned = $8,"
                    " renamed_at = CASE WHEN (username, name) = ($2, $3) THEN renamed_at"
                    " ELSE now() END WHERE user_id = $1",
                    after.user_id,
                    after.username,
                    after.name,
                    after.description,
                    after.location,
                    after.url,
                    after.protected,
                    after.pinned,
                )
            except asyncpg.UniqueViolationError as error:
                raise UsernameTaken(f"the user name {after.username} is taken") from error
            events: list[Event] = [_changed(after, fact())]
            if before.protected and not after.protected:
                events += [
                    FollowRequestAnswered(**fact(), follower=requester, accepted=True)
                    for requester in requesters
                ]
            await to_outbox(connection, events)
            return after


def _changed(user: User, fact: "Fact") -> ProfileChanged:
    return ProfileChanged(
        **fact,
        user_id=user.user_id,
        username=user.username,
        name=user.name,
        description=user.description,
        location=user.location,
        url=user.url,
        protected=user.protected,
        pinned=user.pinned,
    )
