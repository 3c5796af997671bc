"""A command that runs to its end, within a bound."""

import asyncio
from collections.abc import Sequence
from tempfile import TemporaryFile

from deploy.failure import StackError


async def run(argv: Sequence[str], *, timeout: float, stdin: str = "") -> str:
    """The command's output (both streams); StackError when it fails or takes over `timeout` s.

    It finds its input in a file: on uvloop, a pipe that it closes unread is an error of ours.
    """
    name = next((word for word in argv if "/" in word), argv[0]).rpartition("/")[2]
    with TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
        )
    try:
        async with asyncio.timeout(timeout):
            output, _ = await process.communicate()
    except TimeoutError:
        raise StackError(f"{name} was not done after {timeout:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode(errors="replace").strip()
    if process.returncode != 0:
        raise StackError(f"{name} failed with {process.returncode}:\n{text[-2000:]}")
    return text
