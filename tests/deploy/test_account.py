"""Servers of a stack that is root's are not root: they get what they need to reach, and no more."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.account import ACCOUNT, own, unprivileged_prefix
from deploy.home import Home
from deploy.stack import Stack

READS = 1 << 2
"""CAP_DAC_READ_SEARCH, as the kernel numbers it."""


def fields(said: str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in said.splitlines())


def status(pid: int) -> dict[str, str]:
    return fields(Path(f"/proc/{pid}/status").read_text())


pytestmark = pytest.mark.skipif(
    not int(status(os.getpid())["CapEff"], 16) & READS, reason="for a root that is a whole one"
)


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home's, in a folder that others may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


def tried(prefix: tuple[str, ...], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*prefix, *argv), capture_output=True, text=True, check=False, cwd="/")


def capabilities(prefix: tuple[str, ...]) -> int:
    return int(fields(tried(prefix, "cat", "/proc/self/status").stdout)["CapEff"], 16)


def test_a_server_that_reaches_its_home_gets_no_capability(root: Path) -> None:
    data = Home(root).data("postgres")
    own(data)
    prefix = unprivileged_prefix(data)
    assert capabilities(prefix) == 0
    assert tried(prefix, "id", "-un").stdout.strip() == ACCOUNT
    assert tried(prefix, "touch", str(data / "mine")).returncode == 0
    assert tried(prefix, "touch", str(root / "lock")).returncode != 0


def test_a_server_whose_home_is_below_a_closed_folder_may_read_and_not_write(
    tmp_path: Path,
) -> None:
    data = Home(tmp_path / "home").data("postgres")
    own(data)
    (tmp_path / "of root").touch(0o600)
    prefix = unprivileged_prefix(data)
    assert capabilities(prefix) == READS
    assert tried(prefix, "touch", str(data / "mine")).returncode == 0
    assert tried(prefix, "cat", str(tmp_path / "of root")).returncode == 0
    assert tried(prefix, "touch", str(tmp_path / "of root")).returncode != 0


def test_a_home_that_is_made_is_closed_to_others(root: Path) -> None:
    home = Home(root)
    home.log("redis").write_text("said in confidence")
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
    assert tried(nobody, "cat", str(home.log("redis"))).returncode != 0
    assert tried(nobody, "ls", str(root)).returncode != 0


async def test_no_server_is_root(stack: Stack) -> None:
    record = stack.notebook.read()
    assert record is not None
    account = pwd.getpwnam(ACCOUNT).pw_uid
    for part in record.parts:
        assert part.identity is not None
        for pid in part.identity.members():
            said = status(pid)
            assert set(said["Uid"].split()) == {str(account)}, part.name
            assert int(said["CapEff"], 16) & ~READS == 0, part.name
