"""The whole of it, as on a first day: up, an account, a tweet, down, and up again."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest
from aiohttp import ClientSession

from deploy.home import Home
from deploy.ports import free_base
from deploy.servers import VARIABLES
from streams.parts import MONITOR_OFFSET, WORKERS
from tests.person import Person
from tests.streams.test_cli import ROOT, Ran

UP_SECONDS = 150.0
SECOND_UP_SECONDS = 100.0

Birdlog = Callable[..., Awaitable[Ran]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and no servers to lean on."""
    inherited = {n: value for n, value in os.environ.items() if n not in VARIABLES.values()}
    return inherited | {"BIRDLOG_HOME": f"{tmp_path}/home", "NO_COLOR": "1", "COLUMNS": "200"}


@pytest.fixture
async def birdlog(tmp_path: Path, environment: dict[str, str]) -> AsyncIterator[Birdlog]:
    """The command, whose children may outlive it."""

    async def birdlog(*arguments: str) -> Ran:
        folder = Path(mkdtemp(dir=tmp_path))
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                ROOT / "birdlog", *arguments, cwd="/", env=environment, stdout=out, stderr=err
            )
        try:
            async with asyncio.timeout(UP_SECONDS):
                code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Ran(code, (folder / "out").read_text(), (folder / "err").read_text())

    yield birdlog
    await birdlog("down")


@pytest.fixture
async def start(environment: dict[str, str]) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """The command in the foreground, as in a terminal."""
    started: list[Process] = []

    async def start(*arguments: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            ROOT / "birdlog", *arguments, cwd="/", env=environment, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_everything_is_found_again_after_down_and_up(
    birdlog: Birdlog, start: Callable[..., Awaitable[Process]], environment: dict[str, str]
) -> None:
    base = str(free_base())
    up = await birdlog("up", "--detach", "--port-base", base)
    assert up.code == 0, up.err
    assert up.out.count(f"birdlog is up: http://127.0.0.1:{base}") == 1
    background = Home(Path(environment["BIRDLOG_HOME"])).log("up").read_text()
    assert "birdlog is up" not in up.err + background

    status, pretty = await asyncio.gather(birdlog("status", "--json"), birdlog("status"))
    assert status.code == 0
    parts = {part["name"]: part for part in status.json["parts"]}
    assert parts.keys() >= {
        "kafka", "postgres", "redis", "mongo", "elasticsearch", "outbox", "gateway",
        "worker-tweets", "worker-timelines", "worker-counters", "worker-search",
    }  # fmt: skip
    assert all(part["healthy"] for part in parts.values())
    gateway = parts["gateway"]["address"]
    assert gateway == f"http://127.0.0.1:{base}"
    assert "behind" in parts["worker-tweets"]["detail"]
    assert "healthy" in pretty.out

    async with ClientSession() as session:
        for number in range(len(WORKERS) + 2):  # those, the relay and the gateway
            monitor = f"http://127.0.0.1:{int(base) + MONITOR_OFFSET + number}"
            async with session.get(f"{monitor}/readyz") as ready:
                assert ready.status == 200, await ready.text()
            async with session.get(f"{monitor}/metrics") as metrics:
                assert "birdlog_" in await metrics.text()
        people = []
        for name in ("wren", "finch"):
            user = (await birdlog("user", "add", name, "--token", "--json")).json
            people.append(Person(session, gateway, user["id"], name, user["token"]))
        wren, finch = people
        assert (await wren.follow(finch)).status == 200
        tweets = [await finch.tweet(f"tweet {number}") for number in range(5)]
        assert (await finch.edit(tweets[4], "edited")).status == 201
        await finch.delete(tweets[0])
        wren.has_seen(finch)
        before = await wren.home(**{"tweet.fields": "author_id,edit_history_tweet_ids"})
        assert [tweet["id"] for tweet in before.data] == tweets[:0:-1]

        assert (await birdlog("up", "--detach")).code == 1  # it is up already
        assert (await birdlog("down")).code == 0
        assert "nothing is running" in (await birdlog("down")).err
        assert (await birdlog("status")).code == 1

        started = time.monotonic()
        process = await start("up", "--port-base", base)
        await shown(process, b"birdlog is up")
        assert time.monotonic() - started < SECOND_UP_SECONDS
        after = await wren.home(**{"tweet.fields": "author_id,edit_history_tweet_ids"})
        assert after.body == before.body
        me = await wren.call("GET", "/2/users/me")
        assert me.data["username"] == "wren"

    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(UP_SECONDS):
        _, err = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in err


async def shown(process: Process, text: bytes) -> None:
    """Waits until the process has written `text`."""
    assert process.stdout is not None
    written = b""
    async with asyncio.timeout(UP_SECONDS):
        while text not in written:
            line = await process.stdout.readline()
            assert line, "it ended before that"
            written += line
