"""The account under which servers run where birdlog is root, so that nobody is by one of them."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from deploy.failure import StackError

ACCOUNT = "daemon"
"""Exists on every Debian, owns nothing, and has a name, which initdb asks for."""

_SWITCH = ("setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups")
_OPEN = ("sh", "-c", 'for path; do : <"$path"; done', "sh")


@cache
def unprivileged_prefix(*reaches: Path) -> tuple[str, ...]:
    """What to put before the argv of a server that reads these, so that it is not root.

    Empty for an ordinary user. For root it is another account, with as little more as it takes to
    reach what is below a closed folder such as /root: nothing, or the capability to read any file,
    or, in containers whose root has not got that one, to write any. Where root can be nobody else
    (containers that map one user only) it is a user namespace in which root bears another number.
    """
    if os.geteuid() != 0:
        return ()
    for prefix in _prefixes():
        if _works((*prefix, *_OPEN, *map(str, reaches))):
            return prefix
    raise StackError(
        "servers are not run as root, and this machine lets root be nobody who can read "
        f"{', '.join(map(str, reaches))}: run birdlog as an ordinary user"
    )


def own(folder: Path) -> None:
    """Give a data folder, with all in it, to whom the unprivileged servers run as."""
    if not _can_switch():
        return
    entry = pwd.getpwnam(ACCOUNT)
    if folder.stat().st_uid == entry.pw_uid:
        return
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.chown(Path(parent, name), entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        os.chown(parent, entry.pw_uid, entry.pw_gid)


def let_through(folder: Path) -> None:
    """Unprivileged servers get to what is in a closed folder and has a name that they know."""
    if _can_switch():
        os.chown(folder, -1, pwd.getpwnam(ACCOUNT).pw_gid)
        folder.chmod(0o710)


def _prefixes() -> list[tuple[str, ...]]:
    if _can_switch():
        return [(*_SWITCH, "--"), _with("dac_read_search"), _with("dac_override")]
    number = pwd.getpwnam(ACCOUNT).pw_uid
    return [("unshare", "--user", f"--map-user={number}", f"--map-group={number}", "--")]


def _with(capability: str) -> tuple[str, ...]:
    """By the secure bit access(2), which Java asks, sees it too."""
    return (
        *_SWITCH, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}",
        "--securebits=+no_setuid_fixup", "--",
    )  # fmt: skip


@cache
def _can_switch() -> bool:
    return os.geteuid() == 0 and _works((*_SWITCH, "--", "true"))


def _works(argv: Sequence[str]) -> bool:
    try:
        tried = subprocess.run(argv, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0
