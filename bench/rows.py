"""What is measured, by the name that `--only` takes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from bench.beside import home_beside_rebuild
from bench.fanout import fan_out
from bench.http import home_and_post
from bench.overload import posts_at_twice_the_load
from bench.reader import read_in_bulk
from bench.rebuild import rebuild_others, rebuild_tweets
from bench.replies import reply_pages
from bench.row import Row
from bench.search import search_rows
from bench.visible import visible
from bench.world import World
from deploy.stack import Stack
from projections.stores import Stores
from schemas.servers import Servers

REBUILT_EVENTS = 100_000


class Measured(NamedTuple):
    """What rows are measured on."""

    stack: Stack
    stores: Stores
    servers: Servers
    world: World
    events: int


ROWS: Mapping[str, Callable[[Measured], Awaitable[list[Row]]]] = {
    "reader": lambda on: read_in_bulk(on.servers),
    "rebuild": lambda on: rebuild_tweets(on.stack, on.stores, on.servers),
    "fan-out": lambda on: fan_out(on.stores, on.servers, on.world),
    "http": lambda on: home_and_post(on.stack, on.stores, on.servers, on.world),
    "overload": lambda on: posts_at_twice_the_load(on.stack, on.stores, on.servers, on.world),
    "visible": lambda on: visible(on.stack, on.stores, on.servers, on.world),
    "search": lambda on: search_rows(on.stack, on.stores, on.servers, on.world),
    "replies": lambda on: reply_pages(on.stack, on.stores, on.servers, on.world),
    "beside": lambda on: home_beside_rebuild(on.stack, on.stores, on.world),
    "views": lambda on: rebuild_others(
        on.stack, on.stores, on.servers, min(on.events, REBUILT_EVENTS)
    ),
}
"""In their order: what one puts on the log, the next ones find there."""
