"""What is met is never taken for new, whoever writes in between."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition
from events.snowflake import Snowflakes
from projections.met import Met, all_of

HERE, ELSEWHERE = Partition("graph", 0), Partition("graph", 1)

keys = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)) | st.integers(0, 50))


@given(batches=st.lists(st.tuples(keys, st.booleans(), st.booleans())))
def test_what_was_written_is_known(
    batches: Sequence[tuple[set[object], bool, bool]],
) -> None:
    """Batches come again, and others write some: what the store holds is always asked for."""
    met, held, stored = Met(), set[object](), 0
    for batch, by_another, fails in batches:
        if by_another:
            held |= batch
            stored += 1
            continue
        known = met.before(HERE, stored)
        assert batch & held <= known(batch) <= batch
        if not fails:
            held |= batch
            stored += 1
            met.wrote(HERE, stored)


def test_what_is_new_is_not_known() -> None:
    met, snowflakes = Met(), Snowflakes(7)
    known = met.before(HERE, 0)
    ids = [snowflakes.next() for _ in range(100_000)]
    assert len(known(set(ids[:50_000]))) < 20
    assert len(known(set(ids[50_000:]))) < 100
    assert known(set(ids)) == set(ids)


def test_of_what_was_begun_by_another_all_is_known() -> None:
    met = Met()
    assert met.before(HERE, 10) is all_of
    met.wrote(HERE, 20)
    assert met.before(HERE, 20) is all_of
    assert met.before(ELSEWHERE, 0) is not all_of


def test_what_was_written_without_an_answer_makes_all_known() -> None:
    """The transaction ended, and its connection before it said so."""
    met = Met()
    met.before(HERE, 0)({(1, 2)})
    assert met.before(HERE, 5) is all_of
