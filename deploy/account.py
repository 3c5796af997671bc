"""The account under which servers run that refuse root."""

import os
import pwd
import subprocess
from functools import cache
from pathlib import Path

from deploy.failure import StackError

ACCOUNT = "daemon"
"""Exists on every Debian, owns nothing, and has a name, which initdb asks for."""


@cache
def unprivileged_prefix() -> tuple[str, ...]:
    """What to put before a server's argv so that it does not see itself as root.

    Empty for an ordinary user. For root it is another account which keeps the one capability
    to reach a home below a closed folder such as /root (the secure bit makes access(2), which
    Java asks, see it too); where that is not allowed (containers
    that map one user only) a user namespace in which root bears another number.
    """
    if os.geteuid() != 0:
        return ()
    switched = (
        "setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
        "--securebits=+no_setuid_fixup", "--",
    )  # fmt: skip
    number = pwd.getpwnam(ACCOUNT).pw_uid
    mapped = ("unshare", "--user", f"--map-user={number}", f"--map-group={number}", "--")
    for prefix in (switched, mapped):
        if _works(prefix):
            return prefix
    raise StackError(
        "PostgreSQL and Elasticsearch refuse root and this machine lets root be nobody else: "
        "run birdlog as an ordinary user"
    )


def own(folder: Path) -> None:
    """Give a data folder, with all in it, to whom the unprivileged servers run as."""
    prefix = unprivileged_prefix()
    if not prefix:
        return
    entry = pwd.getpwnam(ACCOUNT if prefix[0] == "setpriv" else "root")
    if folder.stat().st_uid == entry.pw_uid:
        return
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.chown(Path(parent, name), entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        os.chown(parent, entry.pw_uid, entry.pw_gid)


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        tried = subprocess.run((*prefix, "true"), capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0
