"""Debian's packages, installed when they are missing and we may."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from deploy.failure import StackError
from deploy.home import cache_folder
from deploy.tools import find_java, find_postgres

_UPDATE_TIMEOUT = 300
_INSTALL_TIMEOUT = 1800
_POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this file whether a package may start its service."""

_OURS = "# of birdlog, while it installs"


def missing_packages(*, java: bool, maven: bool, postgres: bool, redis: bool) -> list[str]:
    """The packages that would bring what is asked for and is not there."""
    wanted = {
        "openjdk-17-jdk-headless": java and find_java() is None,
        "maven": maven and shutil.which("mvn") is None,
        "postgresql": postgres and find_postgres() is None,
        "redis-server": redis and shutil.which("redis-server") is None,
    }
    return [name for name, missing in wanted.items() if missing]


def install(names: Sequence[str], console: Console) -> None:
    """apt-get install them, as root on Debian; StackError with one line of advice elsewhere."""
    if not names:
        return
    listed = " ".join(names)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StackError(
            f"missing: {listed}. Install with `sudo apt-get install {listed}` (or the like on "
            "your system), or run all of it with `docker compose -f deploy/compose.yaml up`"
        )
    log = cache_folder() / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console.print(f"installing {listed} (once)")
    with console.status("apt-get"), no_service_starts():
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        quiet = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")
        _apt((*quiet, "update"), environ, log, _UPDATE_TIMEOUT)
        install = (*quiet, "install", "-y", "--no-install-recommends", *names)
        _apt(install, environ, log, _INSTALL_TIMEOUT)


@contextmanager
def no_service_starts() -> Iterator[None]:
    if _POLICY.exists() and _OURS not in _POLICY.read_text(errors="replace"):
        yield
        return
    _POLICY.write_text(policy(os.getpid()))
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def policy(pid: int) -> str:
    """It forbids nothing any more when that process was killed."""
    return f"#!/bin/sh\n{_OURS}\nkill -0 {pid} 2>/dev/null && exit 101\nexit 0\n"


def _apt(argv: Sequence[str], environ: dict[str, str], log: Path, timeout: float) -> None:
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ,
                timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise StackError(f"{' '.join(argv)} took over {timeout:.0f} s; see {log}") from None
    if done.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise StackError(f"{' '.join(argv)} failed; the end of {log}:\n{last}")
