"""The rules of a filtered stream."""

import asyncio
import json
from collections.abc import Collection, Iterable
from io import BytesIO

import pytest

from gateway.accounts import Accounts
from gateway.rule_sets import RuleSets
from gateway.rules import MAX_LENGTH, MAX_RULES, Rule, Rules
from projections.postgres import Pool
from projections.stores import Stores
from schemas.ids import MAX_ID
from schemas.search import facts_of
from schemas.sql import ACCOUNTS
from schemas.tweets import Tweet, Version
from tests.gateway.problems import assert_problem
from tests.gateway.streams import RULES, add_rules
from tests.person import Person

SECONDS = 60.0


async def test_rules_are_added_listed_and_deleted(alice: Person, bob: Person) -> None:
    added = await add_rules(alice, "heron OR egret", "#birding lang:en", tag="birds")
    assert added.status == 201
    assert [(rule["value"], rule["tag"]) for rule in added.data] == [
        ("heron OR egret", "birds"),
        ("#birding lang:en", "birds"),
    ]
    assert added.body["meta"]["summary"] == {
        "created": 2,
        "not_created": 0,
        "valid": 2,
        "invalid": 0,
    }
    assert added.body["meta"]["sent"].endswith("Z")
    await add_rules(bob, "owl")
    listed = await alice.call("GET", RULES)
    assert listed.data == added.data[::-1]
    assert listed.body["meta"]["result_count"] == 2
    pages = await alice.pages(RULES, max_results="1")
    assert [len(page) for page in pages] == [1, 1]
    first, second = (rule["id"] for rule in added.data)
    one = await alice.call("GET", RULES, params={"ids": f"{first},7"})
    assert [rule["id"] for rule in one.data] == [first]
    deleted = await alice.call("POST", RULES, json={"delete": {"ids": [first, "7"]}})
    assert deleted.body["meta"]["summary"] == {"deleted": 1, "not_deleted": 1}
    assert "data" not in deleted.body
    counts = (await alice.call("GET", f"{RULES}/counts")).data
    assert counts["client_app_rules_count"]["rule_count"] == 1
    assert counts["cap_per_client_app"] == str(MAX_RULES)
    by_value = {"delete": {"values": ["#birding lang:en"]}}
    assert (await alice.call("POST", RULES, json=by_value)).status == 200
    assert (await alice.call("GET", RULES)).body["meta"]["result_count"] == 0
    gone = await bob.call("POST", RULES, json={}, params={"delete_all": "true"})
    assert gone.body["meta"]["summary"] == {"deleted": 1, "not_deleted": 0}
    assert second


async def test_the_same_rule_is_there_once(alice: Person) -> None:
    (known,) = (await add_rules(alice, "heron")).data
    again = await add_rules(alice, "heron", "egret", "egret")
    assert again.status == 201
    assert [rule["value"] for rule in again.data] == ["egret"]
    assert again.body["meta"]["summary"] == {
        "created": 1,
        "not_created": 2,
        "valid": 1,
        "invalid": 2,
    }
    assert again.body["errors"][0]["title"] == "DuplicateRule"
    assert again.body["errors"][0]["id"] == known["id"]
    assert again.body["errors"][0]["resource_id"] == known["id"]
    assert len((await add_rules(alice, "heron", tag="other")).data) == 1


LONGEST = "".join(chr(0x4E00 + 17 * n) for n in range(MAX_LENGTH))
"""What PostgreSQL cannot make much smaller, of three bytes a character."""


async def test_the_longest_rule_has_room_in_any_script(alice: Person) -> None:
    added = await add_rules(alice, LONGEST, LONGEST[::-1], tag=LONGEST[:256])
    assert added.status == 201, added.body
    assert [rule["value"] for rule in added.data] == [LONGEST, LONGEST[::-1]]
    again = await add_rules(alice, LONGEST, tag=LONGEST[:256])
    assert again.body["errors"][0]["resource_id"] == added.data[0]["id"]
    assert (await alice.call("GET", RULES)).data == added.data[::-1]


JSON = {"Content-Type": "application/json"}


def as_ascii(body: object) -> BytesIO:
    """As most programs write it, six bytes for each character that is not ASCII."""
    return BytesIO(json.dumps(body).encode())


async def test_a_thousand_of_the_longest_can_be_added_at_once(alice: Person) -> None:
    values = [f"{n} {LONGEST}"[:MAX_LENGTH] for n in range(MAX_RULES)]
    body = {"add": [{"value": value, "tag": LONGEST[:256]} for value in values]}
    added = await alice.call("POST", RULES, data=as_ascii(body), headers=JSON)
    assert added.status == 201, added.body
    assert len(added.data) == MAX_RULES


async def test_set_up_makes_room_in_the_tables_of_an_older_version(stores: Stores) -> None:
    async with stores.postgres.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("CREATE SCHEMA older; SET LOCAL search_path TO older")
        await connection.execute(ACCOUNTS)
        await connection.execute("ALTER TABLE stream_rules ADD UNIQUE (user_id, value, tag)")
        await connection.execute(ACCOUNTS)
        await connection.execute("INSERT INTO accounts VALUES (1, 'ada', 'Ada')")
        await connection.execute("INSERT INTO stream_rule_sets VALUES (1, 1)")
        await connection.execute("INSERT INTO stream_rules VALUES (1, 1, $1, '')", LONGEST)
        await transaction.rollback()


async def test_a_dry_run_changes_nothing(alice: Person) -> None:
    (rule,) = (await add_rules(alice, "heron")).data
    dry = {"dry_run": "true"}
    tried = await alice.call("POST", RULES, json={"add": [{"value": "owl"}]}, params=dry)
    assert [tried.status, tried.data[0]["value"]] == [201, "owl"]
    wrong = await alice.call("POST", RULES, json={"add": [{"value": "(owl"}]}, params=dry)
    assert_problem(wrong, 400, "add[0].value", "column 1")
    deleted = await alice.call("POST", RULES, json={"delete": {"ids": [rule["id"]]}}, params=dry)
    assert deleted.body["meta"]["summary"] == {"deleted": 1, "not_deleted": 0}
    assert [kept["id"] for kept in (await alice.call("GET", RULES)).data] == [rule["id"]]


async def test_one_wrong_rule_and_none_is_added(alice: Person) -> None:
    reply = await add_rules(alice, "heron", "-egret")
    assert_problem(reply, 400, "add[1].value", "column")
    assert (await alice.call("GET", RULES)).body["meta"]["result_count"] == 0
    assert_problem(await add_rules(alice, "a" * 1_025), 400, "value")
    assert_problem(await alice.call("POST", RULES, json={}), 400, "add")
    both = {"add": [{"value": "a"}], "delete": {"ids": ["1"]}}
    assert_problem(await alice.call("POST", RULES, json=both), 400, "add")


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("heron min_likes:3", 7),
        ("heron -min_likes:3", 8),
        ("owl OR (heron (MIN_LIKES:3 OR #birding))", 16),
    ],
)
async def test_a_rule_cannot_ask_for_what_comes_later(
    alice: Person, value: str, column: int
) -> None:
    refused = await add_rules(alice, "heron", value)
    caret = "\n" + " " * (column - 1) + "^"
    assert_problem(refused, 400, "add[1].value", "min_likes:", f"column {column}", value, caret)
    assert (await alice.call("GET", RULES)).body["meta"]["result_count"] == 0
    assert (await add_rules(alice, 'heron "min_likes:3"')).status == 201


async def test_nobody_has_more_than_a_thousand_whoever_comes_at_once(alice: Person) -> None:
    async def add(number: int) -> int:
        values = [f"word{number}x{n}" for n in range(300)]
        return (await add_rules(alice, *values)).status

    statuses = await asyncio.gather(*(add(number) for number in range(4)))
    assert sorted(statuses) == [201, 201, 201, 403]
    counts = (await alice.call("GET", f"{RULES}/counts")).data
    assert counts["client_app_rules_count"]["rule_count"] == 900


async def test_a_text_that_cannot_be_kept_is_refused(alice: Person) -> None:
    reply = await alice.call("POST", RULES, json={"delete": {"values": ["\0"]}})
    assert_problem(reply, 400, "character")


class Away(Rules):
    """Rules in a PostgreSQL that is away; `asked` are the users of the last question."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def versions(self, users: Iterable[int]) -> dict[int, int]:
        self.asked = list(users)
        raise OSError("away")


class Held(Rules):
    """The first page that is read is there when `go_on` is set."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.reading, self.go_on = asyncio.Event(), asyncio.Event()

    async def page(
        self, user: int, ids: Collection[int] | None, *, before: int = MAX_ID, limit: int
    ) -> list[Rule]:
        found = await super().page(user, ids, before=before, limit=limit)
        if not self.reading.is_set():
            self.reading.set()
            await self.go_on.wait()
        return found


async def test_of_rules_that_are_read_twice_at_once_the_newer_ones_count(
    alice: Person, stores: Stores
) -> None:
    user = int(alice.id)
    rules = Held(stores.postgres)
    sets = RuleSets(rules, Accounts(stores.postgres))
    old, new = Rule(1, "heron", ""), Rule(2, "egret", "")
    await rules.add(user, [old], dry_run=False)
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        group.create_task(sets.watch(user))
        await rules.reading.wait()
        await rules.add(user, [new], dry_run=False)
        refreshing = group.create_task(sets.refresh())
        while not (sets._refreshing._waiters or refreshing.done()):
            await asyncio.sleep(0.001)
        rules.go_on.set()
    version = Version(3, "An egret", 0, lang="en")
    facts = facts_of(Tweet(3, 7, (version,)), lang="en")
    assert sets.matching(user, facts) == [new]


async def test_whose_stream_could_not_begin_is_not_watched(stores: Stores) -> None:
    rules = Away()
    sets = RuleSets(rules, Accounts(stores.postgres))
    with pytest.raises(OSError, match="away"):
        await sets.watch(7)
    assert rules.asked == [7]
    with pytest.raises(OSError, match="away"):
        await sets.refresh()
    assert rules.asked == []
