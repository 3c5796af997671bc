import pytest

from events.dead_letters import folded
from schemas.dead_letters import DeadLetter, Settlement

OPEN = DeadLetter("lists", "lists:0:1", "unknown type", "{}", 5)
AGAIN = DeadLetter("lists", "lists:0:1", "still unknown", "{}", 9)


@pytest.mark.parametrize(
    ("settled", "then"), [(None, AGAIN), ("applied", AGAIN), ("dropped", None)]
)
def test_a_letter_that_is_set_aside_again_is_open_unless_it_was_dropped(
    settled: Settlement | None, then: DeadLetter | None
) -> None:
    known = DeadLetter("lists", "lists:0:1", "unknown type", "{}", 5, settled)
    assert folded(known, AGAIN) == (then or known)


def test_a_dropped_letter_that_was_applied_after_all_may_be_open_again() -> None:
    known: DeadLetter | None = None
    for note in (OPEN, settled("dropped"), settled("applied")):
        known = folded(known, note)
    assert known is not None
    assert (known.settled, known.reason) == ("applied", "unknown type")
    assert folded(known, AGAIN) == AGAIN


def settled(how: Settlement) -> DeadLetter:
    return DeadLetter("lists", "lists:0:1", at=7, settled=how)
