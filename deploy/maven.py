"""Maven as a downloader and builder, with its progress shown."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from deploy.failure import StackError
from deploy.preparation import Preparation

_LOOK_EVERY = 0.25
_TIMEOUT = 3_600.0


def run_maven(
    arguments: Sequence[str],
    *,
    says: str,
    watch: Path,
    expected: int,
    log: Path,
    preparation: Preparation,
) -> None:
    """Run mvn in batch mode; StackError when it fails, is stopped or takes over an hour.

    The bar shows how far the files under `watch` grew, of `expected` bytes.
    """
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
        TransferSpeedColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    console = preparation.console
    console.print(says)
    quiet = not console.is_terminal
    watch.mkdir(parents=True, exist_ok=True)
    with (
        Progress(*columns, console=console, transient=True, disable=quiet) as progress,
        log.open("wb") as output,
        subprocess.Popen(
            ("mvn", "-B", "-ntp", "-q", "--strict-checksums", *arguments),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        ) as maven,
    ):  # fmt: skip
        task = progress.add_task(watch.name, total=expected)
        waited = 0.0
        try:
            while maven.poll() is None:
                progress.update(task, completed=min(size(watch), expected))
                if waited > _TIMEOUT:
                    raise StackError(f"mvn was not done after {_TIMEOUT:.0f} s; run it again")
                waited += _LOOK_EVERY
                preparation.pause(_LOOK_EVERY)
        finally:
            maven.kill()
    if maven.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise StackError(
            f"mvn failed, which is mostly the network: run it again. The end of {log}:\n{last}"
        )


def size(folder: Path) -> int:
    """Bytes in all files below the folder, which may change meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
