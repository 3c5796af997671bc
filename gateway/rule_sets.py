"""The rules of those who listen, ready to be matched."""

import asyncio
import logging
import time

from msgspec import Struct

from gateway.accounts import Accounts
from gateway.rules import MAX_LENGTH, MAX_RULES, Rule, Rules
from schemas.search import Facts, Node, QueryRejected, matches, parse, usernames
from schemas.search.tree import Lang, leaves

logger = logging.getLogger(__name__)

NAMES_SECONDS = 10.0
"""For so long a user name in a rule means whom it meant."""


class Parsed(Struct, frozen=True):
    rule: Rule
    node: Node
    of_language: bool


class RuleSets:
    """Those of watched users, as they were when `refresh` was last called."""

    def __init__(self, rules: Rules, accounts: Accounts) -> None:
        self._rules = rules
        self._accounts = accounts
        self._watched: dict[int, int] = {}
        self._versions: dict[int, int] = {}
        self._parsed: dict[int, list[Parsed]] = {}
        self._names: dict[str, int] = {}
        self._names_until = 0.0
        self._refreshing = asyncio.Lock()
        self._asked = self._served = 0

    async def watch(self, user: int) -> None:
        """Who is not watched because this fails need not be forgotten."""
        self._watched[user] = self._watched.get(user, 0) + 1
        try:
            await self.refresh()
        except BaseException:
            self.forget(user)
            raise

    def forget(self, user: int) -> None:
        self._watched[user] -= 1
        if not self._watched[user]:
            for kept in (self._watched, self._versions, self._parsed):
                kept.pop(user, None)

    async def refresh(self) -> None:
        """Reads the sets that have changed, and now and then whom the names in them mean.

        One that began earlier overwrites nothing newer; all who wait for it are served by the next.
        """
        self._asked += 1
        asked = self._asked
        async with self._refreshing:
            if self._served >= asked:
                return
            serving = self._asked
            await self._read()
            self._served = serving

    def matching(self, user: int, facts: Facts) -> list[Rule]:
        return [
            parsed.rule
            for parsed in self._parsed.get(user, ())
            if matches(parsed.node, facts, self._names)
        ]

    @property
    def want_language(self) -> bool:
        """Whether any rule asks for a language: finding it out is not for nothing."""
        return any(parsed.of_language for set_ in self._parsed.values() for parsed in set_)

    async def _read(self) -> None:
        versions = await self._rules.versions(self._watched)
        changed = {u: v for u, v in versions.items() if v != self._versions.get(u)}
        for user, version in changed.items():
            parsed = await self._parse(user)
            if user in self._watched:
                self._parsed[user], self._versions[user] = parsed, version
        if changed or time.monotonic() >= self._names_until:
            names = {
                name for set_ in self._parsed.values() for p in set_ for name in usernames(p.node)
            }
            users = await self._accounts.by_usernames(names) if names else {}
            self._names = {name: user.user_id for name, user in users.items()}
            self._names_until = time.monotonic() + NAMES_SECONDS

    async def _parse(self, user: int) -> list[Parsed]:
        known = {parsed.rule: parsed for parsed in self._parsed.get(user, ())}
        found = []
        for rule in await self._rules.page(user, None, limit=MAX_RULES):
            try:
                node = known[rule].node if rule in known else _node(rule.value)
                of_language = any(isinstance(leaf, Lang) for leaf in leaves(node))
                found.append(Parsed(rule, node, of_language))
            except QueryRejected as error:
                logger.warning("rule %d is no query any more: %s", rule.rule_id, error)
        return found


def _node(value: str) -> Node:
    return parse(value, max_length=MAX_LENGTH)
