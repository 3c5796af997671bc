"""Which repetitions are left out of a page, against the plainest way to say so."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway.showings import first_showings


def plainly(originals: Sequence[int | None], look_back: int) -> list[int]:
    """From the oldest on: kept, unless one of the next `look_back` was kept and shows the same."""
    kept: dict[int, int | None] = {}
    for place in reversed(range(len(originals))):
        shown = [kept.get(older) for older in range(place + 1, place + 1 + look_back)]
        if originals[place] is not None and originals[place] not in shown:
            kept[place] = originals[place]
    return sorted(kept)


@given(st.lists(st.none() | st.integers(1, 4), max_size=40), st.integers(0, 6))
def test_a_tweet_is_shown_unless_it_is_shown_shortly_before(
    originals: list[int | None], look_back: int
) -> None:
    showings = {place: shown for place, shown in enumerate(originals) if shown is not None}
    shown = first_showings(list(showings), list(showings.values()), look_back)
    assert shown == plainly(originals, look_back)


def test_what_is_left_out_does_not_keep_others_out() -> None:
    assert first_showings([0, 2, 3, 4], [7, 7, 1, 7], 2) == [0, 3, 4]
