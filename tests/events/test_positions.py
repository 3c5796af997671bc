import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition, Position


@given(
    st.text("abc-._Z9", min_size=1), st.integers(0, 10_000), st.integers(0, 10**18 - 1)
)  # fmt: skip
def test_a_position_is_read_as_it_was_written(topic: str, number: int, offset: int) -> None:
    position = Position(Partition(topic, number), offset)
    assert Position.parse(str(position)) == position
    assert Partition.parse(str(position.partition)) == position.partition


def test_what_a_position_looks_like() -> None:
    assert str(Position(Partition("tweets", 3), 17)) == "tweets:3:17"


@pytest.mark.parametrize(
    "text",
    ["", ":", "::", "tweets", "tweets:1", "tweets:1:", "tweets:1:-1", "tweets:x:1", "tweets:1:²",
     ":1:1", "tweets::1", "tweets:1: 1", "tweets:-1:1"],
)  # fmt: skip
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=":"):
        Position.parse(text)
