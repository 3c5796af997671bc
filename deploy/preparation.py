"""One run of bringing things onto this machine: who is told of it, and whether it shall go on."""

import threading

from rich.console import Console

from deploy.failure import StackError


class Preparation:
    """For what is done in a thread, which nothing can cancel: it pauses here now and then."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def pause(self, seconds: float) -> None:
        """StackError, at once, when it was stopped."""
        if self._stopped.wait(seconds):
            raise StackError("stopped before all was there")
