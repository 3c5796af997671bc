import pytest

from bench.row import Round, at_least, at_most, middle, percentile


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.99, 10), (1.0, 10)]
)
def test_a_percentile_is_the_sample_at_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], share) == expected


def test_more_is_better_of_a_rate() -> None:
    assert at_least("posts", "requests/s", 50, 100, 0.5).met
    row = at_least("posts", "requests/s", 49, 100, 0.5)
    assert (row.ratio, row.met) == (0.49, False)


def test_less_is_better_of_a_time() -> None:
    assert at_most("home", "ms", 20, 10, 2).met
    assert not at_most("home", "ms", 21, 10, 2).met
    assert at_most("home", "ms", 1_000, 10, None).met


def test_the_middle_round_is_that_with_the_median_ratio() -> None:
    rounds = [Round(10, 100), Round(30, 50), Round(20, 50)]
    assert middle(rounds) == Round(20, 50)
    assert middle(rounds[:2]) == Round(10, 100)
