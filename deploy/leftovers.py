"""Processes that outlived a killed supervisor."""

import signal
from collections.abc import Callable

from deploy.identity import Identity, end_sessions
from deploy.notebook import Notebook

_STOP_TIMEOUT = 30.0


def end_leftovers(notebook: Notebook, report: Callable[[str], None]) -> bool:
    """Stop what a dead supervisor's record names; whether there was anything. Blocking.

    Call it with the home locked, or a living supervisor's parts are stopped.
    """
    found = notebook.read()
    if found is None:
        return False
    left: dict[Identity, signal.Signals] = {}
    for part in found.parts:
        if part.identity is not None and part.identity.members():
            left[part.identity] = signal.Signals(part.stop_signal)
            report(f"{part.name:<14} is left over from before, stopping it")
    end_sessions(left, _STOP_TIMEOUT)
    notebook.close()
    return bool(left)
