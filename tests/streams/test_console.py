"""What the command line shows."""

import io

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemas.dead_letters import DeadLetter
from streams import console
from streams.audit.differences import Difference
from streams.commands import rebuilds, running
from streams.console import one_line, progress_bars, show_table
from streams.rebuilding.building import Rebuilt
from streams.rebuilding.ending import Ended


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

    @property
    def text(self) -> str:
        return self._shown.getvalue()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    for module, name in ((console, "err"), (console, "out"), (rebuilds, "out"), (running, "err")):
        monkeypatch.setattr(module, name, screen.console)
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


SAID = "heron\x1b[2J\x9b2J\x07\r\n\u202e[bold]x[/bold]\u3000鷺"
SHOWN = "heron�[2J�2J����[bold]x[/bold]\u3000鷺"


def test_what_others_wrote_moves_no_cursor(screen: Screen) -> None:
    assert one_line(SAID) == SHOWN
    show_table(["text"], [[SAID]])
    letter = DeadLetter("lists", "lists:0:1", SAID)
    difference = Difference("7", SAID, f"{SAID}!")
    ended = Ended("differs", {}, "", "", set_aside=[letter], differences=1, first=[difference])
    rebuilds._print(Rebuilt("lists", 2, "differs", end=ended))
    with pytest.raises(typer.Exit):
        running.fail(f"{SAID}\nand more")
    assert screen.text.count(SHOWN) == 4
    assert "\x1b" not in screen.text
    assert "\x9b" not in screen.text


@pytest.mark.parametrize(
    ("view", "copies", "said", "compared"),
    [
        (
            "cache",
            1_037,
            "(compared: 1,037 tweets and retweets that both hold; not: ",
            "1,037 twee",
        ),
        ("timelines", 0, "blocks, and 0 homes that both hold; not: other homes", "authors' lists"),
        ("counters", None, "(compared: what is in MongoDB; not: copies in Redis)", "what is in"),
        ("graph", None, "is equal to what is read, and is gone", "everything"),
    ],
)
def test_what_was_compared_is_said(
    screen: Screen, view: str, copies: int | None, said: str, compared: str
) -> None:
    for outcome in ("equal", "differs", "switched"):
        ended = Ended(outcome, {}, "1 rows", "1 rows", copies=copies)
        rebuilt = Rebuilt(view, 2, outcome, end=ended)
        rebuilds._print(rebuilt)
        plain = rebuilds._plain(rebuilt)
        assert plain["compared"].startswith(compared)
        assert plain["copies"] == copies
    assert screen.text.count(said) == (1 if view == "graph" else 3)


def test_what_was_not_compared_is_not_said_to_be_equal(screen: Screen) -> None:
    rebuilt = Rebuilt("cache", 2, "switched", end=Ended("switched", {}, "", ""))
    rebuilds._print(rebuilt)
    assert "equal" not in screen.text
    assert rebuilds._plain(rebuilt)["compared"] is None


@given(st.text())
def test_a_line_is_one_line_of_characters_that_are_seen(text: str) -> None:
    shown = one_line(text)
    assert len(shown) == len(text)
    assert all(char.isprintable() or char.isspace() for char in shown)
    assert len(shown.splitlines()) <= 1
