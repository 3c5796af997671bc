"""The live workers: one Faust application a view, feeding that view's processor.

Faust is used in the one way that loses nothing: it acknowledges only what a view has stored, agents
never raise, it has no web server, its topics exist beforehand, and it hands over raw bytes.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence, Set
from contextlib import AsyncExitStack
from tempfile import TemporaryDirectory
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.types import TP

from events.log import Log
from events.observer import observer
from events.places import logical, real
from events.positions import Partition
from events.tasks import cancel_all
from events.topic_generations import look_up
from gateway.monitor import monitor
from projections import generations
from projections.registry import VIEWS
from projections.stores import open_stores
from projections.view import View
from schemas.servers import Servers
from streams.dead_letters import DeadLetters
from streams.processor import Processor, SubscribesAnew, WorkerFailed, beats
from streams.pulse import Pulse
from streams.subscriptions import subscription
from streams.successions import Successions

logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0


async def work(servers: Servers, names: Sequence[str], stop: asyncio.Event) -> None:
    """Keeps the named views up to date until `stop` is set, or a view is to be fed from another
    topic. Raises `WorkerFailed`."""
    pulse = Pulse(names)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(monitor(pulse.ready))
        stores = await stack.enter_async_context(open_stores(servers))
        log = await stack.enter_async_context(Log(servers.kafka))
        folder = stack.enter_context(TemporaryDirectory(prefix="birdlog-faust-"))
        letters = DeadLetters(log)
        at = await generations.current(stores.postgres)
        topics = await look_up(servers.kafka)  # after: what a view reads is said before it is read
        running = [
            _prepared(
                view, subscription(view, at[view.name], topics), servers.kafka, letters, folder
            )
            for view in [VIEWS[name](stores, at) for name in names]
        ]
        processors = [processor for _, processor in running]
        successions = Successions(stores, servers.kafka, at, topics, processors)
        try:
            await successions.look()  # before the first event: a view may be held
            await asyncio.gather(*(app.start() for app, _ in running))
            async with observer(servers.kafka) as consumer:
                tending = _tend(running, consumer, pulse, successions)
                await _until(stop, tending, successions.follow())
        except SubscribesAnew as ended:  # in good order, so that supervisors lose no time
            logger.warning("%s", ended)
        finally:
            pulse.stop()
            await asyncio.gather(*(_stopped(app, processor) for app, processor in running))


async def _until(stop: asyncio.Event, *services: Coroutine[None, None, None]) -> None:
    """Until told to stop, at once, whatever is being asked; or until a service fails."""
    told = asyncio.create_task(stop.wait())
    serving = [asyncio.create_task(service) for service in services]
    try:
        await asyncio.wait({told, *serving}, return_when=asyncio.FIRST_COMPLETED)
        for service in serving:
            if service.done():
                service.result()
    finally:
        await cancel_all([told, *serving])


async def _tend(
    running: Sequence[tuple[Any, Processor]],
    consumer: AIOKafkaConsumer,
    pulse: Pulse,
    successions: Successions,
) -> None:
    """Looks after the processors for ever. Raises `WorkerFailed`."""
    for seconds in beats():
        await asyncio.sleep(seconds)
        for app, processor in running:
            if processor.failed.is_set() or app.should_stop:
                raise WorkerFailed(f"{processor.view.name} stopped: {app.crash_reason!r}")
            if await processor.heartbeat(consumer):
                pulse.beat(processor.view.name)
        await successions.heed(consumer)


def _prepared(
    view: View, topics: Set[str], bootstrap: str, dead_letters: DeadLetters, folder: str
) -> tuple[Any, Processor]:
    """A Faust application, not started yet, and the processor that it feeds."""
    app = faust.App(
        f"birdlog-{view.name}",
        broker=f"aiokafka://{bootstrap}",
        value_serializer="raw",
        key_serializer="raw",
        datadir=f"{folder}/{view.name}",
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_request_timeout=30.0,
        broker_commit_interval=1.0,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
    )
    topic = app.topic(*sorted(topics), value_serializer="raw")

    skipped: dict[TP, int] = {}

    async def acknowledge(event: Any) -> None:
        consumer: Any = app.consumer
        place, committed = event.message.tp, consumer._committed_offset
        if (committed[place] or 0) < skipped.get(place, 0):
            committed[place] = skipped[place]
        event.ack()

    async def seek(partition: Partition, offset: int) -> None:
        """Nobody acknowledges what is skipped. Faust would wait for that for ever, and keep the
        offset of everything that is acknowledged behind it."""
        place = TP(*real(partition))
        skipped[place] = offset
        await app.consumer.seek(place, offset)

    processor = Processor(view, bootstrap, dead_letters, acknowledge, seek)

    async def process(stream: Any) -> None:
        async for event in stream.noack().events():
            if event.message.topic in topics:  # others know of later ones before we do
                await processor.put(event)

    async def assigned(_: Any, /, *given: Any, signal: Any, **_more: Any) -> None:
        processor.assign(logical(*tp) for tp in given[0] if tp.topic in topics)

    async def revoked(_: Any, /, *taken: Any, signal: Any, **_more: Any) -> None:
        await processor.revoke(logical(*tp) for tp in taken[0] if tp.topic in topics)

    app.agent(topic, name=view.name, concurrency=1)(process)
    app.on_partitions_assigned.connect(assigned)
    app.on_partitions_revoked.connect(revoked)
    app.finalize()
    return app, processor


async def _stopped(app: Any, processor: Processor) -> None:
    await processor.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()
    except TimeoutError:
        logger.warning("Faust did not stop in %s s", STOP_SECONDS)
