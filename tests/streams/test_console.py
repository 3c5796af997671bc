"""What the command line shows while it works."""

import io

import pytest
from rich.console import Console

from streams import console
from streams.console import progress_bars


class Screen:
    """What was shown last, and the time, which only a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0
        self._shown = io.StringIO()
        self.console = Console(file=self._shown, width=100, get_time=lambda: self.now)

    @property
    def lines(self) -> list[list[str]]:
        """The words of each line, without those that draw the bar."""
        lines = [line.split() for line in self._shown.getvalue().splitlines()]
        return [[word for word in line if not set(word) <= set("━╸╺")] for line in lines]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr(console, "err", screen.console)
    return screen


def test_a_bar_for_all_and_one_for_each_part(screen: Screen) -> None:
    known = {"tweets:0": 9_000, "tweets:1": 1_000}
    with progress_bars() as bars:
        advance = bars.of("tweets")
        for seconds, first, second in ((0, 0, 0), (1, 1_000, 1_000), (2, 3_000, 1_000)):
            screen.now = seconds
            advance({"tweets:0": first, "tweets:1": second}, known)
    assert screen.lines == [
        ["tweets", "4000/10000", "40%", "2,000/s", "0:00:03"],
        ["tweets:0", "3000/9000", "33%", "2,000/s", "0:00:03"],
        ["tweets:1", "1000/1000", "100%", "0:00:00"],
    ]


def test_what_is_known_may_grow(screen: Screen) -> None:
    """A rebuild follows a log that is written meanwhile."""
    with progress_bars() as bars:
        advance = bars.of("lists")
        advance({"lists:0": 10}, {"lists:0": 10})
        advance({"lists:0": 10, "lists:1": 0}, {"lists:0": 20, "lists:1": 20})
    assert [line[:2] for line in screen.lines] == [
        ["lists", "10/40"],
        ["lists:0", "10/20"],
        ["lists:1", "0/20"],
    ]
