"""Kafka, of one node."""

import asyncio
import base64
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from aiokafka.client import AIOKafkaClient

from deploy.account import own
from deploy.broker import Broker, settings
from deploy.command import run
from deploy.failure import StackError
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port
from deploy.tools import KafkaTools

_LOG4J = Path(__file__).with_name("kafka-log4j.properties")
_JVM = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def kafka_part(home: Home, base: int, tools: KafkaTools, advertised: int | None = None) -> Part:
    """The broker at `base`; `KAFKA_OPTS` adds options for its Java machine.

    Clients are told to come to the port `advertised`, if one is given.
    """
    number = port(base, Offset.kafka)
    broker = Broker(1, number, port(base, Offset.kafka_controller), advertised or number)
    return broker_part("kafka", home, broker, [broker], cluster_id(), tools)


def broker_part(
    name: str,
    home: Home,
    broker: Broker,
    brokers: Sequence[Broker],
    cluster: str,
    tools: KafkaTools,
) -> Part:
    data, address = home.data(name), f"{LOOPBACK}:{broker.port}"
    return Part(
        name=name,
        cwd=data,
        argv=broker_argv(data, tools, archive_flag(tools.archive)),
        address=address,
        ports=broker.ports,
        prepare=lambda: prepare(data, settings(data, broker, brokers), cluster, tools),
        ready=lambda: probe(address),
        reaches=(data, tools.java.home, tools.jars, _LOG4J),
        start_timeout=90,
        stop_timeout=30,
    )


def broker_argv(data: Path, tools: KafkaTools, *flags: str) -> tuple[str, ...]:
    return (*_java(tools, *flags), "kafka.Kafka", str(data / "server.properties"))


def archive_flag(archive: Path) -> str:
    return f"-XX:SharedArchiveFile={archive}"


async def prepare(data: Path, told: str, cluster: str, tools: KafkaTools) -> None:
    """Write the settings; format the log folder the first time, for the cluster of that id.

    StackError, and nothing is touched, where partitions are but not what says that it is formatted.
    """
    path, log = data / "server.properties", data / "log"
    path.write_text(told)
    if not (log / "meta.properties").exists():
        await asyncio.to_thread(_clear, log)
        java = _java(tools, archive_flag(tools.archive))
        format_ = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(path))
        await run((*java, *format_), timeout=60)
    await asyncio.to_thread(own, log)


def _clear(log: Path) -> None:
    if any(entry.is_dir() for entry in log.glob("*-[0-9]*")):
        raise StackError(
            f"{log} holds partitions but no meta.properties: put that file back, or move the "
            "folder away to begin with an empty log"
        )
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(exist_ok=True)


def cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


async def probe(address: str) -> None:
    """Returns when the cluster names a broker that takes requests."""
    host, _, number = address.partition(",")[0].rpartition(":")
    _, writer = await asyncio.open_connection(host, int(number))
    writer.close()
    await writer.wait_closed()
    client = AIOKafkaClient(bootstrap_servers=address, request_timeout_ms=2000)
    try:
        await client.bootstrap()
        if not client.cluster.brokers():
            raise ConnectionError("no broker is in the cluster yet")
    finally:
        await client.close()


def _java(tools: KafkaTools, *flags: str) -> tuple[str, ...]:
    return (
        str(tools.java.binary),
        *_JVM,
        *flags,
        *os.environ.get("KAFKA_OPTS", "").split(),
        "-Djava.awt.headless=true",
        f"-Dlog4j.configuration=file:{_LOG4J}",
        "-cp",
        ":".join(str(jar) for jar in sorted(tools.jars.glob("*.jar"))),
    )
