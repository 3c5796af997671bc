"""Kafka's classes as the Java machine likes to find them: 2 seconds off every start."""

import asyncio
import hashlib
import tempfile
from pathlib import Path

from deploy.artifact import provide
from deploy.broker import Broker, settings
from deploy.child import Child, tail
from deploy.failure import StackError
from deploy.home import Home
from deploy.kafka import broker_argv, cluster_id, prepare, probe
from deploy.part import Part
from deploy.ports import LOOPBACK, free_base
from deploy.preparation import Preparation
from deploy.tools import Java, KafkaTools

_ENDED_BY_ITSELF = "exit code 143"
"""Of a Java that was asked to stop, when it has done all that it does then."""


def kafka_tools(java: Java, jars: Path, preparation: Preparation) -> KafkaTools:
    """Kafka with its archive of shared class data, made by one trial run when it is missing.

    Blocking; call it from a thread without an event loop.
    """
    key = hashlib.sha256(f"{java.home} {java.version} {jars}".encode()).hexdigest()[:12]

    def build(scratch: Path, result: Path) -> None:
        with preparation.console.status("preparing Kafka's fast start (once)"):
            asyncio.run(_trial_run(KafkaTools(java, jars, scratch / "none"), result, scratch))
        result.touch()  # where this Java makes none it starts without

    return KafkaTools(java, jars, provide(f"kafka-{key}.jsa", build, preparation))


async def _trial_run(tools: KafkaTools, result: Path, scratch: Path) -> None:
    base, log = free_base(), scratch / "kafka.log"
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        data = Home(Path(folder)).data("kafka")
        broker = Broker(1, base, base + 1, base)
        await prepare(data, settings(data, broker, [broker]), cluster_id(), tools)
        part = Part(
            name="kafka",
            argv=broker_argv(data, tools, f"-XX:ArchiveClassesAtExit={result}"),
            ready=lambda: probe(f"{LOOPBACK}:{base}"),
            start_timeout=120,
            stop_timeout=60,
        )
        trial = await Child.spawn(part, log)
        try:
            await trial.ready()
        finally:
            await trial.stop()
    if (ended := await trial.exited()) != _ENDED_BY_ITSELF:
        raise StackError(f"Kafka's trial run ended with {ended}; the end of its log:\n{tail(log)}")
