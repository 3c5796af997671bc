"""What is fetched or built once, kept in the cache: whole or not at all."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.failure import StackError
from deploy.home import cache_folder


def provide(name: str, build: Callable[[Path, Path], None]) -> Path:
    """The cached file or folder of this name, built when it is missing.

    `build(scratch, result)` makes `result`, which lies in the folder `scratch`. The scratch
    folder outlives a failure, so that a second try may go on from there. Two processes at
    once: the second waits for the first and finds its result.
    """
    kept = cache_folder() / name
    if kept.exists():
        return kept
    with _locked(name):
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
def _locked(name: str) -> Iterator[None]:
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        handle = (cache_folder() / f"{name}.lock").open("w")
    except OSError as error:
        raise StackError(
            f"cannot write to {cache_folder()} ({error.strerror}): set XDG_CACHE_HOME to a "
            "folder of yours"
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
