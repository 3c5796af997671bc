"""Runs one gateway: `python -m gateway`, on BIRDLOG_HOST and BIRDLOG_PORT."""

import logging
import os
import sys

import uvloop
from aiohttp import web
from setproctitle import setproctitle

from events.memory import collect_rarely
from gateway.addresses import Addresses
from gateway.app import make_app
from gateway.limits import times_from
from schemas.servers import ServerMissing, Servers

DRAIN_SECONDS = 5.0


def main() -> int:
    setproctitle("birdlog gateway")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        app = make_app(
            Servers.from_environment(),
            limits_times=times_from(),
            addresses=Addresses.from_environment(),
        )
    except (ServerMissing, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    collect_rarely()
    web.run_app(
        app,
        host=os.environ.get("BIRDLOG_HOST", "127.0.0.1"),
        port=int(os.environ.get("BIRDLOG_PORT", "8080")),
        access_log=None,
        shutdown_timeout=DRAIN_SECONDS,
        handle_signals=True,
        print=None,
        loop=uvloop.new_event_loop(),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
