"""All checks of the project, one after the other: what `./birdlog test` runs."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from streams.console import err

ROOT = Path(__file__).resolve().parent.parent

PROGRAMS = Path(sys.executable).parent

CHECKS = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "--no-error-summary")),
    ("imports", ("lint-imports",)),
)


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs every check and then the tests. 0 when all pass; else 1, after naming those that do not.

    With arguments for pytest, only the tests they select.
    """
    checks = list(CHECKS) if not pytest_arguments else []
    checks.append(("tests", ("pytest", *pytest_arguments)))
    failed = []
    for name, (program, *arguments) in checks:
        err.print(f"[bold]{name}[/bold]")
        done = subprocess.run([PROGRAMS / program, *arguments], cwd=ROOT, check=False)
        if done.returncode:
            failed.append(name)
    if failed:
        err.print(f"[bold red]failed: {', '.join(failed)}[/bold red]")
    return 1 if failed else 0
