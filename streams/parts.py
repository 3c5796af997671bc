"""The parts of birdlog as processes of a local stack: gateway, outbox relay and workers."""

import asyncio
import sys
from urllib.request import urlopen

from aiokafka.admin import AIOKafkaAdminClient

from deploy.part import Part, Probe
from deploy.stack import Stack
from gateway.monitor import VARIABLE

WORKERS: dict[str, tuple[str, ...]] = {
    "tweets": ("tweets", "replies", "retweets", "cache"),
    "timelines": ("graph", "lists", "timelines"),
    "counters": ("counters", "notices", "analytics"),
    "search": ("search",),
}
"""Which views share a process: one each would be eleven, and twice as long until all are ready."""

PROBE_SECONDS = 3.0
MONITOR_OFFSET = 12
"""The first of the ports on which the parts show metrics and health, from the stack's base."""

HOST = "127.0.0.1"


class NotReady(RuntimeError):
    """The part runs but does not answer yet; the text says why."""


def parts(stack: Stack) -> list[Part]:
    address, relay = gateway_address(stack), len(WORKERS)
    workers = [
        Part(
            f"worker-{name}",
            (sys.executable, "-P", "-m", "streams", "worker", *views),
            env=_monitored(stack, number),
            address=", ".join(views),
            ready=_groups_are_stable(
                stack.servers.kafka_bootstrap, [f"birdlog-{view}" for view in views]
            ),
            ports=(_monitor(stack, number),),
        )
        for number, (name, views) in enumerate(WORKERS.items())
    ]
    return [
        *workers,
        Part(
            "outbox",
            (sys.executable, "-P", "-m", "streams", "outbox"),
            env=_monitored(stack, relay),
            address="-",
            ready=_answers(f"http://{HOST}:{_monitor(stack, relay)}/readyz"),
            ports=(_monitor(stack, relay),),
        ),
        Part(
            "gateway",
            (sys.executable, "-P", "-m", "gateway"),
            env={"BIRDLOG_HOST": HOST, "BIRDLOG_PORT": str(stack.gateway_port)}
            | _monitored(stack, relay + 1),
            address=address,
            ready=_answers(f"{address}/readyz"),
            after=("outbox", *(worker.name for worker in workers)),
            ports=(stack.gateway_port, _monitor(stack, relay + 1)),
        ),
    ]


def _monitored(stack: Stack, number: int) -> dict[str, str]:
    """Where a part shows its metrics."""
    return {VARIABLE: f"{HOST}:{_monitor(stack, number)}"}


def _monitor(stack: Stack, number: int) -> int:
    """The port of that: the workers' doors come first, in their order."""
    return stack.port_base + MONITOR_OFFSET + number


def gateway_address(stack: Stack) -> str:
    return f"http://{HOST}:{stack.gateway_port}"


def _answers(url: str) -> Probe:
    def get() -> None:
        with urlopen(url, timeout=PROBE_SECONDS) as response:  # noqa: S310 - our own http address
            if response.status != 200:
                raise NotReady(f"{url} answers {response.status}")

    async def probe() -> None:
        await asyncio.to_thread(get)

    return probe


def _groups_are_stable(bootstrap: str, groups: list[str]) -> Probe:
    async def probe() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3_000)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await admin.start()
            answers = [await admin.describe_consumer_groups([group]) for group in groups]
        finally:
            await admin.close()
        for group, (answer,) in zip(groups, answers, strict=True):
            _, _, state, _, _, members, *_ = answer.groups[0]
            if state != "Stable" or not members:
                raise NotReady(f"the consumer group {group} is {state or 'unknown'}")

    return probe
