"""What `up` and `test` do and say before any server runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import record
from deploy.home import Home
from deploy.identity import Identity, boot
from deploy.ports import free_base
from deploy.record import PartRecord, StackRecord
from deploy.servers import VARIABLES
from tests.streams.test_cli import ROOT, run

LISTENING = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print(flush=True)
    time.sleep(60)
"""

NO_SERVERS = dict.fromkeys(VARIABLES.values(), "") | {"XDG_CACHE_HOME": "/dev/null"}
"""None is given, and none can be fetched: that is how far `up` comes."""

REFUSED = "cannot write to /dev/null/birdlog"


@pytest.fixture
def base() -> int:
    return free_base()


@pytest.fixture
def gateway(base: int) -> Iterator[Identity]:
    """A process that has the gateway's port."""
    argv = [sys.executable, "-c", LISTENING, str(base)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        identity = Identity.of(process.pid)
        assert identity is not None
        yield identity
        process.kill()


async def test_what_is_left_over_is_ended_before_its_port_is_asked_for(
    tmp_path: Path, base: int, gateway: Identity
) -> None:
    left = StackRecord(boot(), Identity(2**22, 1), base, "ready", {})
    left.parts = [PartRecord("gateway", "-", "ready", gateway)]
    record.write(Home(tmp_path).record, left)
    home = {"BIRDLOG_HOME": str(tmp_path)}
    ran = await run("up", "--port-base", str(base), environment=NO_SERVERS | home)
    assert "gateway        is left over from before" in ran.err
    assert REFUSED in ran.err
    assert not gateway.alive()


async def test_a_port_that_is_somebody_elses_is_a_clear_error(
    tmp_path: Path, base: int, gateway: Identity
) -> None:
    home = {"BIRDLOG_HOME": str(tmp_path)}
    ran = await run("up", "--port-base", str(base), environment=NO_SERVERS | home)
    assert ran.complaint == f"port {base} is taken: choose others with --port-base"
    assert gateway.alive()


def test_a_folder_that_is_no_virtual_environment_is_not_replaced_by_one(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("the only copy")
    environment = os.environ | {"BIRDLOG_VENV": str(tmp_path)}
    ran = subprocess.run(
        [ROOT / "birdlog", "--help"], env=environment, capture_output=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert f"birdlog: {tmp_path} is no virtual environment" in ran.stderr.decode()
    assert (tmp_path / "letters").read_text() == "the only copy"


async def test_checks_whose_servers_cannot_be_fetched_say_so_in_one_line() -> None:
    ran = await run("test", environment=NO_SERVERS)
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith(f"birdlog: {REFUSED}")
