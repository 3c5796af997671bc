"""The rules of filtered streams, beside the accounts in PostgreSQL."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager

import asyncpg
from msgspec import Struct

from gateway.problems import unauthorized
from projections.postgres import Connection, Pool
from schemas.ids import MAX_ID

MAX_RULES = 1_000
MAX_LENGTH = 1_024


class TooManyRules(ValueError):
    """A user has `MAX_RULES` at most."""


class Rule(Struct, frozen=True):
    rule_id: int
    value: str
    tag: str


class Rules:
    """All changes of one user's rules wait for each other, and raise the version of the set.

    So no index need keep a rule from being there twice; a long one would not fit into an entry.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self, user: int, rules: Sequence[Rule], *, dry_run: bool
    ) -> tuple[list[Rule], list[Rule]]:
        """Those added, and those that are there already, with the id of the one that is there.

        Raises `TooManyRules`, and then adds none.
        """
        async with self._changing(user, dry_run=dry_run) as connection:
            rows = await connection.fetch(
                "SELECT rule_id, value, tag FROM stream_rules WHERE user_id = $1", user
            )
            known = {(row["value"], row["tag"]): row["rule_id"] for row in rows}
            new: list[Rule] = []
            duplicates: list[Rule] = []
            for rule in rules:
                there = known.setdefault((rule.value, rule.tag), rule.rule_id)
                if there == rule.rule_id:
                    new.append(rule)
                else:
                    duplicates.append(Rule(there, rule.value, rule.tag))
            if len(known) > MAX_RULES:
                raise TooManyRules(f"{len(known)} rules are more than {MAX_RULES}")
            await connection.executemany(
                "INSERT INTO stream_rules (rule_id, user_id, value, tag) VALUES ($1, $2, $3, $4)",
                [(rule.rule_id, user, rule.value, rule.tag) for rule in new],
            )
        return new, duplicates

    async def delete(
        self, user: int, ids: Collection[int], values: Collection[str], *, dry_run: bool
    ) -> int:
        """How many of those with one of the ids or values there were."""
        async with self._changing(user, dry_run=dry_run) as connection:
            rows = await connection.fetch(
                "DELETE FROM stream_rules WHERE user_id = $1"
                " AND (rule_id = ANY($2) OR value = ANY($3)) RETURNING 1",
                user,
                list(ids),
                list(values),
            )
        return len(rows)

    async def delete_all(self, user: int, *, dry_run: bool) -> int:
        async with self._changing(user, dry_run=dry_run) as connection:
            rows = await connection.fetch(
                "DELETE FROM stream_rules WHERE user_id = $1 RETURNING 1", user
            )
        return len(rows)

    async def page(
        self, user: int, ids: Collection[int] | None, *, before: int = MAX_ID, limit: int
    ) -> list[Rule]:
        """The user's rules with ids lower than `before`, the newest first; only `ids` if given."""
        rows = await self._pool.fetch(
            "SELECT rule_id, value, tag FROM stream_rules WHERE user_id = $1 AND rule_id < $2"
            " AND ($3::bigint[] IS NULL OR rule_id = ANY($3)) ORDER BY rule_id DESC LIMIT $4",
            user,
            before,
            None if ids is None else list(ids),
            limit,
        )
        return [Rule(*row) for row in rows]

    async def count(self, user: int) -> int:
        found: int = await self._pool.fetchval(
            "SELECT count(*) FROM stream_rules WHERE user_id = $1", user
        )
        return found

    async def versions(self, users: Iterable[int]) -> dict[int, int]:
        """Of each set; a user who never had a rule has none."""
        rows = await self._pool.fetch(
            "SELECT user_id, version FROM stream_rule_sets WHERE user_id = ANY($1)", list(users)
        )
        return {row[0]: row[1] for row in rows}

    @asynccontextmanager
    async def _changing(self, user: int, *, dry_run: bool) -> AsyncIterator[Connection]:
        """Raises a 401 `Problem` when the account was closed, which a gateway need not know yet."""
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(
                    "INSERT INTO stream_rule_sets AS kept VALUES ($1, 1)"
                    " ON CONFLICT (user_id) DO UPDATE SET version = kept.version + 1",
                    user,
                )
                yield connection
            except asyncpg.ForeignKeyViolationError as error:
                await transaction.rollback()
                raise unauthorized("this account was closed") from error
            except BaseException:
                await transaction.rollback()
                raise
            await (transaction.rollback() if dry_run else transaction.commit())
