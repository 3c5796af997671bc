"""Faults on purpose, on servers started for it."""

import random
from pathlib import Path
from typing import Annotated

import typer

from streams.chaos.ledger import Outcome
from streams.chaos.running import Report, wreak
from streams.commands.running import AsJson, run
from streams.console import err, out, show_json, show_table
from streams.load import read_tweets
from streams.world import small_world

app = typer.Typer()

LARGEST_SEED = 10**6
SHOWN = 50


@app.command()
def chaos(
    minutes: Annotated[float, typer.Option(min=0.01, help="How long faults are done.")] = 5.0,
    seed: Annotated[
        int | None, typer.Option(help="Of faults and commands; a fresh one if none is given.")
    ] = None,
    tweets: Annotated[
        Path | None, typer.Option(help="One tweet a line; those of the demo if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Break servers, processes, connections and clocks under load; is all there once after it?"""
    texts = read_tweets(tweets, stop=False).rows if tweets else demo_texts()
    drawn = random.randrange(LARGEST_SEED) if seed is None else seed  # noqa: S311
    say(f"--seed {drawn}")
    report: Report = run(wreak(drawn, minutes * 60, texts, err, say))
    if as_json:
        show_json(report)
    else:
        _show(report)
    if report.found:
        raise typer.Exit(1)


def demo_texts() -> list[str]:
    return [text for _, text in small_world().tweets]


def say(line: str) -> None:
    err.print(f"chaos: {line}", highlight=False, markup=False, soft_wrap=True)


def _show(report: Report) -> None:
    show_table(
        ["at, s", "fault", "until well, s"],
        [[f"{done.at:.1f}", done.fault, f"{done.seconds:.1f}"] for done in report.faults],
    )
    out.print()
    outcomes = [outcome.value for outcome in Outcome]
    show_table(
        ["command", *outcomes],
        [
            *([kind, *map(str, counts.values())] for kind, counts in report.commands.items()),
            ["all", *(str(report.total(outcome)) for outcome in Outcome)],
        ],
    )
    answers = ", ".join(f"{count} × {status or 'none'}" for status, count in report.answers.items())
    out.print(f"\nanswers: {answers}", highlight=False, soft_wrap=True)
    out.print(f"on the log again under the same id: {report.repeats}", highlight=False)
    out.print(f"wrong: {len(report.found)} (seed {report.seed})", highlight=False)
    if report.logs:
        out.print(f"logs: {report.logs}", highlight=False, soft_wrap=True)
    for found in report.found[:SHOWN]:
        out.print(f"  {found.where}: {found.which} {found.what}", markup=False, soft_wrap=True)
