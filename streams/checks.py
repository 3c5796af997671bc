"""All checks of the project: what `./birdlog test` runs."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from deploy.stack import Stack
from streams.console import err

ROOT = Path(__file__).resolve().parent.parent

PROGRAMS = Path(sys.executable).parent

PYTEST = ("pytest", "--quiet", "--tb=short", "--show-capture=no")
"""All failures of a run are to be seen together; one is run again to see all of it."""

QUICK = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
)
BESIDE = (
    ("types", ("mypy", "--no-error-summary")),
    ("imports", ("lint-imports",)),
    ("tests with servers of their own", (*PYTEST, "-m", "apart")),
)
"""Run beside the tests that share their servers, and shown after them."""

TESTS = (
    ("tests", (*PYTEST, "-m", "not apart")),
    ("simulation", ("python", "-m", "tests.simulation", "--seconds", "120")),
)
"""One after the other. The first takes less time than those beside, and uses what they leave."""


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs every check and the tests. 0 when all pass; else 1, after naming those that do not.

    With arguments for pytest, only the tests they select.
    """
    if pytest_arguments:
        return 1 if _run("tests", ("pytest", *pytest_arguments)) else 0
    failed = [name for name, check in QUICK if _run(name, check)]
    asyncio.run(Stack(console=err).fetch())
    with ExitStack() as files:
        outputs = {name: files.enter_context(TemporaryFile()) for name, _ in BESIDE}
        beside = {name: _start(check, outputs[name]) for name, check in BESIDE}
        failed += [name for name, check in TESTS if _run(name, check)]
        for name, process in beside.items():
            err.print(f"[bold]{name}[/bold]")
            code = process.wait()
            outputs[name].seek(0)
            sys.stderr.write(outputs[name].read().decode())
            if code:
                failed.append(name)
    if failed:
        err.print(f"[bold red]failed: {', '.join(failed)}[/bold red]")
    return 1 if failed else 0


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
