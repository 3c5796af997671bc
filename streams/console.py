"""What the command line shows: tables and progress for people, JSON for programs."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unicodedata import category

from msgspec import json
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

out = Console()
err = Console(stderr=True)


def show_json(value: Any) -> None:
    sys.stdout.write(json.encode(value).decode() + "\n")


def one_line(text: str) -> str:
    """Whoever wrote it: nothing in it may move the terminal's cursor or turn the line around."""
    return "".join(
        c if c.isprintable() or category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def show_lines(*lines: str) -> None:
    """Each as `one_line` has it, however long."""
    for line in lines:
        out.print(one_line(line), markup=False, highlight=False, soft_wrap=True)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Columns whose cells are all numbers stand to the right. A text is shown as `one_line` has it,
    whatever brackets and colons it holds."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(_is_number(str(row[number])) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) if isinstance(cell, str) else cell for cell in row))
    out.print(table, highlight=False)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").isdigit()


class Bars:
    """Progress bars by name, each opened when it is first told of."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def advance(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)

    def of(self, name: str) -> Callable[[Mapping[Any, int], Mapping[Any, int]], None]:
        """To be called with parts done and known: a bar for all together and one for each."""

        def advance(done: Mapping[Any, int], known: Mapping[Any, int]) -> None:
            self.advance(name, sum(done.values()), sum(known.values()))
            for part, total in known.items():
                self.advance(f"  {part}", done[part], total)

        return advance


class Rate(ProgressColumn):
    """How many a second, lately."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


@contextmanager
def progress_bars() -> Iterator[Bars]:
    with Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=err,
    ) as progress:
        yield Bars(progress)
