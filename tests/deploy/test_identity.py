import os
import subprocess
import sys

from deploy.identity import Identity

NAMED_BADLY = """
import pathlib, time
pathlib.Path("/proc/self/comm").write_text(8 * "\N{MULTIPLICATION SIGN}", "utf-8")
print(flush=True)
time.sleep(20)
"""
"""The kernel keeps 15 bytes of it, so that half of a character is left."""


async def test_two_records_of_one_number_are_told_apart() -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    assert me.alive()
    assert not Identity(me.pid, me.started - 1).alive()
    assert Identity(me.pid, me.started - 1).members() == []


def test_a_process_whose_name_is_no_text_is_one_like_others() -> None:
    argv = [sys.executable, "-c", NAMED_BADLY]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as named:
        assert named.stdout is not None
        named.stdout.readline()
        found = Identity.of(named.pid)
        members = found.members() if found else []
        named.kill()
    assert members == [named.pid]
