"""What a gateway remembers of protected accounts."""

import asyncio
from collections.abc import Iterable

import pytest

from gateway import protection, remembered
from gateway.accounts import Accounts
from gateway.protection import Protection
from projections.stores import Stores
from tests.person import Person


class Asked(Accounts):
    """The accounts, counting the questions and holding an answer back until told."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores.postgres)
        self.questions: list[set[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.found = asyncio.Event()

    async def protected_among(self, user_ids: Iterable[int]) -> set[int]:
        asked = set(user_ids)
        self.questions.append(asked)
        found = await super().protected_among(asked)
        self.found.set()
        await self.may_answer.wait()
        return found


@pytest.fixture
def accounts(stores: Stores) -> Asked:
    return Asked(stores)


async def test_what_is_known_is_not_asked_again(
    accounts: Asked, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, "REMEMBER_SECONDS", 60.0)
    await alice.protect()
    kept = Protection(accounts)
    one, other = int(alice.id), int(bob.id)
    assert await kept.among([one]) == {one}
    assert await kept.among([one, other]) == {one}
    assert await kept.among([one, other]) == {one}
    assert accounts.questions == [{one}, {other}]
    await alice.change_profile(protected=False)
    assert await kept.among([one]) == {one}
    kept.forget(one)
    assert await kept.among([one, other]) == set()


async def test_an_answer_from_before_a_change_is_not_kept(
    accounts: Asked, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, "REMEMBER_SECONDS", 60.0)
    kept, user = Protection(accounts), int(alice.id)
    accounts.may_answer.clear()
    early = asyncio.create_task(kept.among([user]))
    async with asyncio.timeout(60):
        await accounts.found.wait()
    await alice.protect()
    kept.forget(user)
    accounts.may_answer.set()
    assert await early == set()
    assert await kept.among([user]) == {user}


async def test_a_full_memory_begins_anew(
    accounts: Asked, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    await alice.protect()
    kept, user = Protection(accounts), int(alice.id)
    for start in range(1, 40, 3):
        assert await kept.among([user, start, start + 1]) == {user, start, start + 1}
