"""The bare aiohttp handlers that the gateway is measured against: `python -m bench.floor_server`.

GET /home reads 20 entries and 20 ready fragments in two Redis trips and joins them; POST /tweets
sends the body to Kafka and waits for it.
"""

import os
from collections.abc import AsyncIterator
from typing import cast

import uvloop
from aiohttp import web
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from events.memory import collect_rarely

FLOOR_TOPIC = "floor"
LIST_KEY = "floor:home"


def fragment_key(number: int) -> str:
    return f"floor:tweet:{number}"


async def home(request: web.Request) -> web.Response:
    redis = request.app[REDIS]
    entries = await redis.lrange(LIST_KEY, 0, 19)
    fragments = cast("list[bytes]", await redis.mget(cast("list[bytes]", entries)))
    return web.Response(
        body=b'{"data":[' + b",".join(fragments) + b"]}", content_type="application/json"
    )


async def tweet(request: web.Request) -> web.Response:
    body = await request.read()
    sent = await request.app[PRODUCER].send_and_wait(FLOOR_TOPIC, body)
    return web.Response(body=b"%d" % sent.offset, status=201, content_type="application/json")


async def connect(app: web.Application) -> AsyncIterator[None]:
    producer = app[PRODUCER] = AIOKafkaProducer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", enable_idempotence=True
    )
    app[REDIS] = Redis.from_url(os.environ["REDIS_URL"])
    await producer.start()
    yield
    await producer.stop()
    await app[REDIS].aclose()


REDIS = web.AppKey("redis", Redis)
PRODUCER = web.AppKey("producer", AIOKafkaProducer)


def main() -> None:
    app = web.Application()
    app.add_routes([web.get("/home", home), web.post("/tweets", tweet)])
    app.cleanup_ctx.append(connect)
    collect_rarely()
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(os.environ["BIRDLOG_PORT"]),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
