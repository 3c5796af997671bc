"""One node of Kafka, broker and controller in one process, as its settings file says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.ports import LOOPBACK

NOTICED_MS = 4_000
"""A broker that died without a word is taken for dead after so long; Kafka's default is 9 s."""


@dataclass(frozen=True, slots=True)
class Broker:
    """`port` takes clients, who are told to come to the port `advertised`."""

    node: int
    port: int
    controller: int
    advertised: int

    @property
    def ports(self) -> tuple[int, int]:
        return self.port, self.controller


def settings(data: Path, broker: Broker, cluster: Sequence[Broker]) -> str:
    """The settings file of one of the cluster's brokers, whose log is below `data`.

    With three brokers each record is on all, and is acknowledged once two have it.
    """
    voters = ",".join(f"{one.node}@{LOOPBACK}:{one.controller}" for one in cluster)
    replicas = min(len(cluster), 3)
    enough = max(1, replicas - 1)
    return f"""\
process.roles=broker,controller
node.id={broker.node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{LOOPBACK}:{broker.port},CONTROLLER://{LOOPBACK}:{broker.controller}
advertised.listeners=PLAINTEXT://{LOOPBACK}:{broker.advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data / "log"}
num.partitions=4
auto.create.topics.enable=false
log.retention.ms=-1
broker.session.timeout.ms={NOTICED_MS}
broker.heartbeat.interval.ms={NOTICED_MS // 6}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={enough}
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
"""
