"""Where pages of replies end, and tokens of those in the order of likes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cursors import cursor_at
from gateway.problems import Problem
from gateway.reply_tree import ANSWERS, fitting, place_in
from projections.replies.reads import TOP, Place
from schemas.ids import MAX_ID

numbers = st.integers(0, MAX_ID)


@given(numbers, numbers)
def test_a_token_says_where_the_next_page_begins(likes: int, tweet_id: int) -> None:
    token = cursor_at(Place(likes, tweet_id))
    assert token.isascii()
    assert len(token) <= 64
    assert place_in(token) == (likes, tweet_id)


@given(st.text(max_size=64))
def test_what_is_no_token_is_refused_or_a_place(text: str) -> None:
    with suppress(Problem):
        assert max(place_in(text)) <= MAX_ID


@given(st.lists(st.integers(1, ANSWERS + 1), min_size=1), st.integers(1, 12))
def test_pages_hold_every_branch_once_whole_unless_it_is_longer_than_a_page(
    lengths: list[int], limit: int
) -> None:
    pages = []
    left = lengths
    while left:
        used = fitting(left, limit)
        page, left = left[:used], left[used:]
        pages.append(page)
        assert page
        assert sum(page) <= limit or len(page) == 1
        assert not left or sum(page) + left[0] > limit
    assert [length for page in pages for length in page] == lengths


@pytest.mark.parametrize("place", [(MAX_ID + 1, 1), (1, MAX_ID + 1), (-1, 1), (1, -1)])
def test_numbers_beyond_those_of_ids_are_refused(place: tuple[int, int]) -> None:
    token = cursor_at(Place(*place))
    with pytest.raises(Problem, match="pagination_token"):
        place_in(token)
    assert place_in(cursor_at(TOP)) == TOP
