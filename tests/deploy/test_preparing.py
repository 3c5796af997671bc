"""The first start of a server: whole, or not at all."""

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from deploy import class_archive, kafka, postgres
from deploy.failure import StackError
from deploy.home import Home
from deploy.preparation import Preparation
from deploy.tools import Java, KafkaTools, find_postgres


@pytest.fixture
def tools(tmp_path: Path) -> KafkaTools:
    """A Java whose every program hears out what it is told, and does nothing, well."""
    java = tmp_path / "jdk/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\nexec cat >/dev/null\n")
    java.chmod(0o755)
    return KafkaTools(Java(tmp_path / "jdk", "17"), tmp_path, tmp_path / "none")


async def test_a_log_that_lost_its_name_is_not_deleted(tmp_path: Path, tools: KafkaTools) -> None:
    data = Home(tmp_path / "home").data("kafka")
    segment = data / "log/tweets-10003/00000000000000000000.log"
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"the only copy")
    with pytest.raises(StackError, match=r"holds partitions but no meta\.properties"):
        await kafka.prepare(data, "", kafka.cluster_id(), tools)
    assert segment.read_bytes() == b"the only copy"


async def test_a_log_that_was_never_quite_formatted_is_begun_again(
    tmp_path: Path, tools: KafkaTools
) -> None:
    data = Home(tmp_path / "home").data("kafka")
    half = data / "log/bootstrap.checkpoint"
    half.parent.mkdir()
    half.touch()
    await kafka.prepare(data, "", kafka.cluster_id(), tools)
    assert not half.exists()


async def test_a_cluster_without_its_database_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binaries = find_postgres()
    assert binaries is not None
    monkeypatch.setattr(postgres, "DATABASE", "postgres")  # which is there already
    data = Home(tmp_path).data("postgres")
    with pytest.raises(StackError, match='database "postgres" already exists'):
        await postgres.prepare(data, binaries, durable=False)
    assert not (data / "cluster").exists()
    monkeypatch.undo()
    await postgres.prepare(data, binaries, durable=False)
    assert (data / "cluster").exists()


KILLED = """#!/bin/sh
case "$*" in *StorageTool*) exit;; esac
trap 'kill -KILL $$' TERM
touch {mark}
while :; do sleep 0.01; done
"""


async def test_classes_of_a_trial_run_that_was_killed_are_not_kept(
    tmp_path: Path, tools: KafkaTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "answers"

    async def probe(_: str) -> None:
        if not mark.exists():
            raise ConnectionError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(class_archive, "probe", probe)
    tools.java.binary.write_text(KILLED.format(mark=mark))
    preparation = Preparation(Console(file=io.StringIO()))
    with pytest.raises(StackError, match="trial run ended with SIGKILL"):
        await asyncio.to_thread(class_archive.kafka_tools, tools.java, tmp_path, preparation)
    assert not list((tmp_path / "birdlog").glob("*.jsa"))
