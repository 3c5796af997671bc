"""What happened in a run, step by step."""

import asyncio

from tests.simulation.processes import RUNNING


class Schedule:
    def __init__(self) -> None:
        self._steps: list[tuple[float, str, str]] = []

    def note(self, what: str) -> None:
        now = asyncio.get_running_loop().time()
        self._steps.append((now, RUNNING.get().name, what))

    def __len__(self) -> int:
        return len(self._steps)

    def lines(self) -> list[str]:
        return [f"{at:10.4f}  {who:<24}  {what}" for at, who, what in self._steps]
