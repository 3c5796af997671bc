"""All checks of the project: what `./birdlog test` runs."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.stack import Stack
from streams.console import err

ROOT = Path(__file__).resolve().parent.parent

PROGRAMS = Path(sys.executable).parent

QUICK = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
)
SLOW = (
    ("types", ("mypy", "--no-error-summary")),
    ("imports", ("lint-imports",)),
)
"""Run while the tests wait for their servers."""

TESTS = ("pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""Each of the two has servers of its own, and comes to the outages of those last."""


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs every check and the tests. 0 when all pass; else 1, after naming those that do not.

    With arguments for pytest, only the tests they select.
    """
    if pytest_arguments:
        return 1 if _run("tests", ("pytest", *pytest_arguments)) else 0
    failed = [name for name, check in QUICK if _run(name, check)]
    slow = {name: _start(check, subprocess.PIPE) for name, check in SLOW}
    asyncio.run(Stack(console=err).fetch())
    if _run("tests", TESTS):
        failed.append("tests")
    for name, check in slow.items():
        said, _ = check.communicate()
        err.print(f"[bold]{name}[/bold]")
        if check.returncode:
            err.print(said, markup=False, highlight=False)
            failed.append(name)
    if failed:
        err.print(f"[bold red]failed: {', '.join(failed)}[/bold red]")
    return 1 if failed else 0


def _run(name: str, check: Sequence[str]) -> int:
    err.print(f"[bold]{name}[/bold]")
    return _start(check).wait()


def _start(check: Sequence[str], output: int | None = None) -> "subprocess.Popen[str]":
    program, *arguments = check
    return subprocess.Popen(
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        text=True,
    )
