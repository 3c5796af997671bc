"""Parts of birdlog as processes of their own, against the servers of the tests."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 20.0


async def start(
    *module: str, environment: Mapping[str, str], log: Path
) -> asyncio.subprocess.Process:
    """`python -m …`, with more in its environment than the tests have."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", *module,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=output, stderr=output,
        )  # fmt: skip


@asynccontextmanager
async def within(seconds: float, running: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Bounds the block, in which the process is to end; it is killed where it has not."""
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


@asynccontextmanager
async def process(
    *module: str, servers: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs `python -m …` within the block, and asks it to stop at its end.

    Raises `AssertionError` when it ended before, or not well.
    """
    running = await start(*module, environment=servers, log=log)
    try:
        yield running
        assert running.returncode is None, f"{module} ended early: see {log}"
        running.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            code = await running.wait()
        assert code == 0, f"{module} ended with {code}: see {log}"
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
