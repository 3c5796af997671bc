"""The gateway's two hottest paths against bare aiohttp handlers, and what too much does to one."""

from collections.abc import Sequence

from msgspec import json

from bench.client import BadAnswer, Connection, get, post, requests_per_second
from bench.floor_server import LIST_KEY, fragment_key
from bench.marks import mark_homes
from bench.overload import overload
from bench.row import Round, Row, at_least, middle
from bench.world import World, process
from deploy.ports import SPAN
from deploy.stack import Stack
from gateway.accounts import Accounts
from projections import generations
from projections.registry import Readers
from projections.stores import Stores
from schemas.servers import Servers

HOME_TARGET = 0.35
POST_TARGET = 0.5
HOME_CONNECTIONS = 8
POST_CONNECTIONS = 32
SECONDS = 1.5
ROUNDS = 9
PAGE = 20
ASKED = f"max_results={PAGE}&tweet.fields=author_id,created_at,public_metrics,viewer"
TEXT = "Up at six for the herons on the canal, and nobody told me about the fog #birding"
SIZE_RATIO = 1.5
FRAGMENT = (
    b'{"id":"2124847507835957248","text":"%b","edit_history_tweet_ids":["2124847507835957248"],'
    b'"edit_history_post_ids":["2124847507835957248"],"author_id":"2124847507835957249",'
    b'"created_at":"2026-11-23T18:42:09.123Z","public_metrics":{"retweet_count":0,'
    b'"repost_count":0,"reply_count":0,"like_count":1,"dislike_count":0,"quote_count":0,'
    b'"bookmark_count":0},"viewer":{"liked":true,"disliked":false,"retweeted":false,'
    b'"bookmarked":false}}' % TEXT.encode()
)
"""A tweet as the gateway shows it when asked with `ASKED`."""


async def home_and_post(stack: Stack, stores: Stores, servers: Servers, world: World) -> list[Row]:
    """The round in the middle, of some that are taken in turns."""
    await _floor_data(stores)
    users = await full_homes(stores, world)
    await mark_homes(stores, servers, world, users)
    accounts = Accounts(stores.postgres)
    tokens = {user: await accounts.issue_token(user) for user in users}
    homes = [
        get(f"/2/users/{user}/timelines/reverse_chronological?{ASKED}", token)
        for user, token in tokens.items()
    ]
    posts = [post("/2/tweets", t, b'{"text":"%b"}' % TEXT.encode()) for t in tokens.values()]
    floor_get = [get("/home", "x")]
    floor_post = [post("/tweets", "x", b'{"text":"%b"}' % (TEXT.encode() * 3))]
    port, floor_port = stack.gateway_port, stack.port_base + SPAN - 1
    got: dict[str, list[float]] = {"home": [], "home floor": [], "post": [], "post floor": []}
    async with (
        process(stack, ["gateway"], port=port),
        process(stack, ["bench.floor_server"], port=floor_port),
    ):
        await probe(port, homes, await _page(floor_port, floor_get[0]))
        for _ in range(ROUNDS):
            for name, where, requests, connections in (
                ("home floor", floor_port, floor_get, HOME_CONNECTIONS),
                ("home", port, homes, HOME_CONNECTIONS),
                ("post floor", floor_port, floor_post, POST_CONNECTIONS),
                ("post", port, posts, POST_CONNECTIONS),
            ):
                got[name].append(
                    await requests_per_second(
                        where, requests, connections=connections, seconds=SECONDS
                    )
                )
        homes_at_twice = await overload(port, homes, "home timeline")
        posts_at_twice = await overload(port, posts, "post", connections=POST_CONNECTIONS)
    homes_in_turns = map(Round, got["home"], got["home floor"])
    posts_in_turns = map(Round, got["post"], got["post floor"])
    return [
        at_least("home timeline, 20 tweets", "requests/s", *middle(homes_in_turns), HOME_TARGET),
        at_least("post, 32 in flight", "requests/s", *middle(posts_in_turns), POST_TARGET),
        *homes_at_twice,
        *posts_at_twice,
    ]


async def probe(port: int, homes: Sequence[bytes], floor: bytes) -> None:
    """Raises `BadAnswer` unless each home is such a page as the floor's."""
    for request in homes:
        page = await _page(port, request)
        tweets, size = len(json.decode(page)["data"]), len(page) / len(floor)
        if tweets != PAGE or not 1 / SIZE_RATIO < size < SIZE_RATIO:
            raise BadAnswer(f"a home of {tweets} tweets, {size:.2f} times as long as the floor's")


async def _page(port: int, request: bytes) -> bytes:
    connection = await Connection.open(port)
    try:
        return await connection.send(request)
    finally:
        connection.close()


async def _floor_data(stores: Stores) -> None:
    await stores.redis.delete(LIST_KEY)
    for number in range(PAGE):
        await stores.redis.rpush(LIST_KEY, fragment_key(number))
        await stores.redis.set(fragment_key(number), FRAGMENT)


async def full_homes(stores: Stores, world: World) -> list[int]:
    """Users whose home timelines fill a page."""
    readers = Readers.at(stores, await generations.current(stores.postgres))
    found: list[int] = []
    for user, _ in world.follows:
        if (
            user not in found
            and len((await readers.timelines.home(user, limit=PAGE)).entries) == PAGE
        ):
            found.append(user)
        if len(found) == HOME_CONNECTIONS:
            break
    return found
