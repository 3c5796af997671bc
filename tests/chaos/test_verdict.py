"""Each kind of failure, planted in what was answered or in what is on the log, is found."""

from collections import Counter
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from events.positions import Partition, Position
from streams.chaos.ledger import PREFIX, Attempt, Entry, Ledger, Outcome
from streams.chaos.verdict import Found, Written, failures, on_the_log, repeats
from tests.projections.memory_log import posted

NAME = f"{PREFIX}-40-1-1"
OTHER = f"{PREFIX}-40-1-2"
PEOPLE = f"{PREFIX} people"
HERE, THERE = (Position(Partition("tweets", 1), offset) for offset in (5, 6))

DONE = Entry(NAME, "post", (Attempt(201, str(HERE)),))
REFUSED = Entry(NAME, "post", (Attempt(404),))
UNKNOWN = Entry(NAME, "post", (Attempt(503), Attempt(0)))


def told(*records: tuple[str, int, Position]) -> Written:
    """Request id, event id and place of each record."""
    found: Written = {}
    for name, event_id, place in records:
        found.setdefault(name, []).append((place, replace(posted(event_id, 7), request_id=name)))
    return found


def verdict(entries: Iterable[Entry], records: Written) -> list[tuple[str, str]]:
    ledger = Ledger()
    for entry in entries:
        ledger.enter(entry)
    found = list(on_the_log(ledger.entries, records))
    assert {one.where for one in found} <= {"log"}
    return [(one.which, one.what) for one in found]


ONCE = told((NAME, 1, HERE))
TWICE = told((NAME, 1, HERE), (NAME, 2, THERE))
AGAIN = told((NAME, 1, HERE), (NAME, 1, THERE))


@pytest.mark.parametrize(
    ("entry", "records"),
    [
        (DONE, ONCE),
        (DONE, AGAIN),
        (REFUSED, {}),
        (UNKNOWN, {}),
        (UNKNOWN, ONCE),
        (UNKNOWN, AGAIN),
    ],
)
def test_what_is_as_it_was_answered_is_not_found(entry: Entry, records: Written) -> None:
    assert verdict([entry], records) == []


@pytest.mark.parametrize(
    ("entry", "records", "whats"),
    [
        (DONE, {}, ["acknowledged, and 0 times there", f"said to be at {HERE}, where it is not"]),
        (DONE, TWICE, ["acknowledged, and 2 times there"]),
        (DONE, told((NAME, 1, THERE)), [f"said to be at {HERE}, where it is not"]),
        (
            Entry(NAME, "post", (Attempt(0), Attempt(201, str(HERE)), Attempt(201, str(THERE)))),
            ONCE,
            [f"said to be at {THERE}, where it is not"],
        ),
        (REFUSED, ONCE, ["refused, and 1 times there"]),
        (UNKNOWN, TWICE, ["without an answer, and 2 times there"]),
    ],
)
def test_what_is_not_as_it_was_answered_is_found(
    entry: Entry, records: Written, whats: list[str]
) -> None:
    assert verdict([entry], records) == [(f"{NAME} (post)", what) for what in whats]


def test_what_nobody_sent_is_found() -> None:
    assert verdict([], ONCE) == [(NAME, "there, and nobody sent it")]


@pytest.mark.parametrize("other", [OTHER, PEOPLE])
def test_an_id_of_two_events_is_found(other: str) -> None:
    entries = [DONE, Entry(OTHER, "post", (Attempt(201, str(THERE)),))]
    shared = told((NAME, 1, HERE), (other, 1, THERE))
    assert (other, f"its event has the id of {NAME}: 1") in verdict(entries, shared)
    shared = told((other, 1, THERE), (NAME, 1, HERE))
    assert (NAME, f"its event has the id of {other}: 1") in verdict(entries, shared)


def test_people_share_a_request_and_no_id() -> None:
    assert verdict([], told((PEOPLE, 1, HERE), (PEOPLE, 2, THERE))) == []


def test_records_that_stand_there_again_are_counted() -> None:
    assert (repeats({}), repeats(ONCE), repeats(TWICE), repeats(AGAIN)) == (0, 0, 0, 1)
    assert repeats(AGAIN | told((OTHER, 3, HERE), (OTHER, 3, THERE), (OTHER, 3, THERE))) == 3


def test_an_answer_of_500_is_found_and_503_is_not() -> None:
    statuses = Counter({0: 4, 200: 9, 404: 2, 500: 3, 503: 5, 504: 1})
    assert failures(statuses) == [
        Found("gateway", "500", "answered 3 times"),
        Found("gateway", "504", "answered 1 times"),
    ]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((201,), Outcome.ACKNOWLEDGED),
        ((0, 503, 200), Outcome.ACKNOWLEDGED),
        ((404,), Outcome.REFUSED),
        ((503, 404), Outcome.UNKNOWN),  # the first may have been done
        ((503,), Outcome.UNKNOWN),
        ((0,), Outcome.UNKNOWN),
    ],
)
def test_what_the_answers_say_of_a_command(statuses: Iterable[int], outcome: Outcome) -> None:
    ledger = Ledger()
    ledger.enter(Entry(NAME, "post", tuple(map(Attempt, statuses))))
    assert ledger.counts() == {"post": {outcome: 1}}
