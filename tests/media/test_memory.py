"""A large video goes through a gateway without ever being in its memory."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

from aiohttp import ClientError, ClientSession, FormData

from deploy.home import CLONE
from deploy.stack import Stack
from tests.conftest import Register
from tests.media import pictures
from tests.media.s3proxy import free_port
from tests.person import Person
from tests.processes import STOP_SECONDS

MEGABYTE = 1024**2
SIZE = 64 * MEGABYTE
SEGMENT = 5 * MEGABYTE
GROWTH = 48 * MEGABYTE
START_SECONDS = 60.0


@asynccontextmanager
async def gateway_process(stack: Stack, media: Path) -> AsyncIterator[tuple[str, int]]:
    """A gateway of its own: its address and its process id."""
    port = str(free_port())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "gateway",
        env={
            **os.environ,
            **stack.servers.environ(),
            "PYTHONPATH": str(CLONE),
            "BIRDLOG_PORT": port,
            "BIRDLOG_MEDIA": str(media),
        },
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _answers(f"{address}/livez")
        yield address, process.pid
    finally:
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _answers(url: str) -> None:
    async with asyncio.timeout(START_SECONDS), ClientSession() as session:
        while True:
            try:
                async with session.get(url):
                    return
            except ClientError:
                await asyncio.sleep(0.1)


def most_used(process: int) -> int:
    """Bytes of memory that the process has held at most."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


async def test_a_large_video_is_never_in_memory(
    stack: Stack, register: Register, tmp_path: Path
) -> None:
    alice = await register("alice")
    taken = pictures.video(payload=os.urandom(MEGABYTE) * (SIZE // MEGABYTE))
    async with gateway_process(stack, tmp_path) as (address, process):
        alice.gateway = address
        small = pictures.video(payload=os.urandom(MEGABYTE))
        await _send(alice, small)
        before = most_used(process)
        key = await _send(alice, taken)
        kept = (await alice.fetch(f"/media/{key}")).body
        assert (len(kept), kept[SIZE // 2 : SIZE]) == (len(taken), taken[SIZE // 2 : SIZE])
        grown = most_used(process) - before
    assert grown < GROWTH, f"{grown / MEGABYTE:.0f} MB"


async def _send(person: Person, data: bytes) -> str:
    """By forms, as browsers and twitter-api-v2 do. Returns the key."""
    body = {"media_type": "video/mp4", "total_bytes": len(data)}
    begun = await person.call("POST", "/2/media/upload/initialize", json=body)
    path = f"/2/media/upload/{begun.data['id']}"
    for number, place in enumerate(range(0, len(data), SEGMENT)):
        form = FormData({"segment_index": str(number)})
        form.add_field("media", BytesIO(data[place : place + SEGMENT]), filename="blob")
        assert (await person.call("POST", f"{path}/append", data=form)).status == 200
    finished = await person.call("POST", f"{path}/finalize")
    assert finished.status == 200, finished.body
    return str(finished.data["media_key"])
