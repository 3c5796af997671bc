"""All checks of the project: what `./birdlog test` runs."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeAlias

from deploy.stack import Stack
from streams.commands.running import run
from streams.console import err

ROOT = Path(__file__).resolve().parent.parent

PROGRAMS = Path(sys.executable).parent

PYTEST = ("pytest", "--quiet", "--tb=short", "--show-capture=no")
"""All failures of a run are to be seen together; one is run again to see all of it."""

Check: TypeAlias = tuple[str, tuple[str, ...]]
"""Its name, and the program with its arguments."""

QUICK: tuple[Check, ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
)
TESTS: Check = ("tests", (*PYTEST, "-m", "not apart"))
"""Those that share their servers. They take as long as all that is beside them."""

BESIDE: tuple[tuple[Check, ...], ...] = (
    (
        ("types", ("mypy", "--no-error-summary")),
        ("imports", ("lint-imports",)),
        ("simulation", ("python", "-m", "tests.simulation", "--seconds", "25")),
    ),
    (("tests with servers of their own", (*PYTEST, "-m", "apart")),),
)
"""Run beside the tests, each row one after the other, and shown after them."""


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs every check and the tests. 0 when all pass; else 1, after naming those that do not.

    With arguments for pytest, only the tests they select.
    """
    if pytest_arguments:
        return 1 if _run("tests", ("pytest", *pytest_arguments)) else 0
    failed = [name for name, check in QUICK if _run(name, check)]
    run(Stack(console=err).fetch())
    with ExitStack() as files, ThreadPoolExecutor() as threads:
        outputs = {name: files.enter_context(TemporaryFile()) for row in BESIDE for name, _ in row}
        beside = [threads.submit(_run_row, row, outputs) for row in BESIDE]
        if _run(*TESTS):
            failed.append(TESTS[0])
        for name, code in chain.from_iterable(row.result().items() for row in beside):
            err.print(f"[bold]{name}[/bold]")
            outputs[name].seek(0)
            sys.stderr.write(outputs[name].read().decode())
            if code:
                failed.append(name)
    if failed:
        err.print(f"[bold red]failed: {', '.join(failed)}[/bold red]")
    return 1 if failed else 0


def _run_row(row: Sequence[Check], outputs: Mapping[str, IO[bytes]]) -> dict[str, int]:
    """The exit code of each."""
    return {name: _start(check, outputs[name]).wait() for name, check in row}


def _run(name: str, check: Sequence[str]) -> int:
    err.print(f"[bold]{name}[/bold]")
    return _start(check).wait()


def _start(check: Sequence[str], output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    program, *arguments = check
    return subprocess.Popen(
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        stdout=output,
        stderr=output and subprocess.STDOUT,
    )
