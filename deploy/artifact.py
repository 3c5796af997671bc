"""What is fetched or built once, kept in the cache: whole or not at all."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.failure import StackError
from deploy.home import cache_folder, try_lock
from deploy.preparation import Preparation

_WAIT_SECONDS = 4_000.0
"""Longer than Maven may take."""


def provide(name: str, build: Callable[[Path, Path], None], preparation: Preparation) -> Path:
    """The cached file or folder of this name, built when it is missing.

    `build(scratch, result)` makes `result`, which lies in the folder `scratch`. The scratch
    folder outlives a failure, so that a second try may go on from there. Two processes at
    once: the second waits for the first and finds its result.
    """
    kept = cache_folder() / name
    if kept.exists():
        return kept
    with _locked(name, preparation):
        if kept.exists():
            return kept
        scratch = cache_folder() / f"{name}.partial"
        scratch.mkdir(exist_ok=True)
        result = scratch / "result"
        if result.is_dir():
            shutil.rmtree(result)
        build(scratch, result)
        result.rename(kept)
        shutil.rmtree(scratch)
    return kept


@contextmanager
def _locked(name: str, preparation: Preparation) -> Iterator[None]:
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        handle = (cache_folder() / f"{name}.lock").open("w")
    except OSError as error:
        raise StackError(
            f"cannot write to {cache_folder()} ({error.strerror}): set XDG_CACHE_HOME to a "
            "folder of yours"
        ) from error
    with handle:
        end = time.monotonic() + _WAIT_SECONDS
        while not try_lock(handle.fileno()):
            if time.monotonic() > end:
                raise StackError(f"another birdlog is still making {name}: end it and try again")
            preparation.pause(0.2)
        yield
