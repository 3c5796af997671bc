"""Kafka: one node, broker and controller in one process."""

import asyncio
import base64
import os
import shutil
import uuid
from pathlib import Path

from aiokafka.client import AIOKafkaClient

from deploy.command import run
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port
from deploy.tools import KafkaTools

_LOG4J = Path(__file__).with_name("kafka-log4j.properties")
_JVM = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def kafka_part(home: Home, base: int, tools: KafkaTools) -> Part:
    """The broker at `base`; `KAFKA_OPTS` adds options for its Java machine."""
    data = home.data("kafka")
    ports = (port(base, Offset.kafka), port(base, Offset.kafka_controller))
    return Part(
        name="kafka",
        argv=broker_argv(data, tools, archive_flag(tools.archive)),
        address=f"{LOOPBACK}:{ports[0]}",
        ports=ports,
        prepare=lambda: prepare(data, ports, tools),
        ready=lambda: probe(f"{LOOPBACK}:{ports[0]}"),
        start_timeout=90,
        stop_timeout=30,
    )


def broker_argv(data: Path, tools: KafkaTools, *flags: str) -> tuple[str, ...]:
    return (*_java(tools, *flags), "kafka.Kafka", str(data / "server.properties"))


def archive_flag(archive: Path) -> str:
    return f"-XX:SharedArchiveFile={archive}"


async def prepare(data: Path, ports: tuple[int, int], tools: KafkaTools) -> None:
    """Write the settings; format the log folder the first time."""
    settings = data / "server.properties"
    settings.write_text(_settings(data, ports))
    log = data / "log"
    if (log / "meta.properties").exists():
        return
    await asyncio.to_thread(shutil.rmtree, log, ignore_errors=True)
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    java = _java(tools, archive_flag(tools.archive))
    await run(
        (
            *java,
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster}",
            "-c",
            str(settings),
        ),
        timeout=60,
    )


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


def _settings(data: Path, ports: tuple[int, int]) -> str:
    broker, controller = ports
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{LOOPBACK}:{controller}
listeners=PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}
advertised.listeners=PLAINTEXT://{LOOPBACK}:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data / "log"}
num.partitions=4
auto.create.topics.enable=false
log.retention.ms=-1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
"""
