"""A stack in a process of its own: `supervised.py HOME PORT_BASE FOLDER SCRIPT`, fakes as parts."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console

from deploy.failure import StackError
from deploy.home import Home
from deploy.stack import Stack
from tests.deploy import fakes


async def main() -> None:
    home, base, folder, script = sys.argv[1:]
    console = Console()
    stack = Stack(Home(Path(home)), int(base), console=console)
    parts = [
        fakes.fake(Path(folder), "worker", getattr(fakes, script)),
        fakes.fake(Path(folder), "gateway", after=("worker",)),
    ]

    async def hook() -> None:
        (Path(folder) / "diary").write_text("hook\n")

    try:
        await stack.up(parts, after_servers=hook)
    except StackError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main())
