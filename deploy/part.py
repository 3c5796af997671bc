"""A part is one process of the stack, described before it runs."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Probe = Callable[[], Awaitable[None]]
"""Returns when the part answers; any exception means 'not (yet)' and its text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the supervisor needs to run one process.

    `env` is added to the supervisor's own environment. `after` names the parts that must be
    ready before this one starts; it is stopped before them. Without `ready` a part counts as
    ready once it runs. Times are seconds. `prepare` runs before each start, `ports` must be free
    by then. One that names what it `reaches`, files and folders, is a server of others: it is not
    run as root, and gets of the supervisor's environment only what `deploy/child.py` names.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    ready: Probe | None = None
    after: tuple[str, ...] = ()
    cwd: Path | None = None
    ports: tuple[int, ...] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    reaches: tuple[Path, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    start_timeout: float = 60.0
    stop_timeout: float = 20.0
