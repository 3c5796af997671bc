"""Runs one gateway: `python -m gateway`, on BIRDLOG_HOST and BIRDLOG_PORT."""

import os
import sys

import uvloop
from setproctitle import setproctitle

from events.logs import log_as_json
from events.memory import collect_rarely
from events.stopping import stop_signal
from gateway.addresses import Addresses
from gateway.app import make_app
from gateway.limits import times_from
from gateway.monitor import place_of_monitor
from gateway.running import serve
from schemas.servers import ServerMissing, Servers, port_of
from schemas.text import load as load_patterns


async def main() -> int:
    setproctitle("birdlog gateway")
    log_as_json()
    try:
        app = make_app(
            Servers.from_environment(),
            limits_times=times_from(),
            addresses=Addresses.from_environment(),
        )
        host = os.environ.get("BIRDLOG_HOST", "127.0.0.1")
        port = port_of("BIRDLOG_PORT", os.environ.get("BIRDLOG_PORT", "8080"))
        place_of_monitor()
    except (ServerMissing, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    load_patterns()
    collect_rarely()
    async with stop_signal() as stop:
        await serve(app, host, port, stop)
    return 0


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
