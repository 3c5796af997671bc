"""What is fetched once: whole or not at all, by one of many who want it, while they want it."""

import asyncio
import io
import threading
from pathlib import Path

import pytest
from rich.console import Console

from deploy.artifact import provide
from deploy.downloads import check
from deploy.failure import StackError
from deploy.identity import Identity
from deploy.preparation import Preparation
from deploy.set_up import set_up
from tests.deploy.fakes import until

SECONDS = 20.0
BIRD = "7a5179eecc0fe18760ba615f92603372ae3fe302860098a019e15927551fee3b"

MVN = """#!/bin/sh
echo $$ >{folder}/mvn.new
mv {folder}/mvn.new {folder}/mvn.pid
exec sleep 600
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "birdlog"


@pytest.fixture
def preparation() -> Preparation:
    return Preparation(Console(file=io.StringIO()))


def test_what_was_not_finished_is_not_taken_for_it(cache: Path, preparation: Preparation) -> None:
    def fail(scratch: Path, result: Path) -> None:
        result.mkdir()
        (result / "half").touch()
        (scratch / "downloaded").touch()
        raise StackError("the network is away")

    def go_on(scratch: Path, result: Path) -> None:
        assert (scratch / "downloaded").exists()
        result.mkdir()

    with pytest.raises(StackError, match="the network is away"):
        provide("jars", fail, preparation)
    assert not (cache / "jars").exists()
    assert provide("jars", go_on, preparation) == cache / "jars"
    assert list((cache / "jars").iterdir()) == []
    assert not (cache / "jars.partial").exists()


async def test_of_two_at_once_one_waits_and_finds_it(cache: Path, preparation: Preparation) -> None:
    begun, go_on = threading.Event(), threading.Event()
    built: list[Path] = []

    def build(_: Path, result: Path) -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        built.append(result)
        result.touch()

    first = asyncio.create_task(asyncio.to_thread(provide, "jars", build, preparation))
    assert await asyncio.to_thread(begun.wait, SECONDS)
    second = asyncio.create_task(asyncio.to_thread(provide, "jars", build, preparation))
    await asyncio.wait({second}, timeout=0.5)
    assert not second.done()
    go_on.set()
    async with asyncio.timeout(SECONDS):
        assert {await first, await second} == {cache / "jars"}
    assert len(built) == 1


async def test_who_waits_for_another_waits_no_longer_than_it_shall(
    cache: Path, preparation: Preparation
) -> None:
    go_on = threading.Event()
    begun = threading.Event()

    def build(_: Path, result: Path) -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        result.touch()

    first = asyncio.create_task(asyncio.to_thread(provide, "jars", build, preparation))
    assert await asyncio.to_thread(begun.wait, SECONDS)
    other = Preparation(preparation.console)
    second = asyncio.create_task(asyncio.to_thread(provide, "jars", build, other))
    other.stop()
    async with asyncio.timeout(SECONDS):
        with pytest.raises(StackError, match="stopped before all was there"):
            await second
        go_on.set()
        await first


async def test_what_does_not_match_its_checksum_is_refused(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Maven only warns, if it is not told to."""
    with_maven(tmp_path, monkeypatch, f"#!/bin/sh\necho $* >{tmp_path}/told\nexit 1\n")
    with pytest.raises(StackError, match="mvn failed"):
        await set_up({"kafka"}, Console(file=io.StringIO()))
    assert "--strict-checksums" in (tmp_path / "told").read_text().split()


def with_maven(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    mvn = folder / "bin/mvn"
    mvn.parent.mkdir()
    mvn.write_text(script)
    mvn.chmod(0o755)
    monkeypatch.setenv("PATH", f"{mvn.parent}:/usr/bin:/bin")


async def test_a_download_ends_with_who_asked_for_it(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_maven(tmp_path, monkeypatch, MVN.format(folder=tmp_path))
    asking = asyncio.create_task(set_up({"kafka"}, Console(file=io.StringIO())))
    await until((tmp_path / "mvn.pid").exists)
    running = Identity.of(int((tmp_path / "mvn.pid").read_text()))
    assert running is not None
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: not running.alive(), SECONDS)


def test_a_file_that_is_another_than_the_one_that_was_measured_is_not_used(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(b"bird")
    check(bundle, BIRD)
    with pytest.raises(StackError, match=r"bundle\.zip is not what it was"):
        check(bundle, BIRD.replace("a", "b"))
    assert not bundle.exists()
