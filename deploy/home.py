"""Where one local stack keeps its state, and where all stacks share what was downloaded."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.account import let_through
from deploy.failure import StackError

CLONE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder of one stack: data of each server, logs, the lock and the record.

    Nobody else may read in one that is made here. `Home.find()` takes `BIRDLOG_HOME`, by default
    `.birdlog/` in the clone.
    """

    root: Path

    @classmethod
    def find(cls) -> "Home":
        given = os.environ.get("BIRDLOG_HOME")
        return cls(Path(given).expanduser().resolve() if given else CLONE / ".birdlog")

    @property
    def logs(self) -> Path:
        return self._folder("logs")

    @property
    def record(self) -> Path:
        return self.root / "stack.json"

    def data(self, part: str) -> Path:
        """The folder that holds the data of one part, created when missing."""
        return self._folder(f"data/{part}")

    def log(self, part: str) -> Path:
        return self.logs / f"{part}.log"

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        with self._writing():
            if not self.root.exists():
                self.root.mkdir(mode=0o700, parents=True)
                let_through(self.root)
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StackError(
                f"cannot write to {self.root} ({error.strerror}): set BIRDLOG_HOME to a folder "
                "of yours"
            ) from error

    @contextmanager
    def locked_if_free(self) -> Iterator[bool]:
        """Hold this home, if nobody does; whether that is so."""
        with self._lock_file() as handle:
            yield try_lock(handle)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold this home for one supervisor; StackError when another one holds it."""
        with self.locked_if_free() as mine:
            if not mine:
                raise StackError(
                    f"a stack is already running in {self.root}: stop it with `birdlog down`, "
                    "or set BIRDLOG_HOME and --port-base for a second one"
                )
            yield

    def is_locked(self) -> bool:
        """Whether a supervisor, of this process or another, holds this home."""
        if not self.root.is_dir():
            return False
        with self.locked_if_free() as mine:
            return not mine

    @contextmanager
    def _lock_file(self) -> Iterator[int]:
        self._folder("")
        with self._writing():
            handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield handle
        finally:
            os.close(handle)


def cache_folder() -> Path:
    """The download cache shared by all homes of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "birdlog"


def try_lock(handle: int) -> bool:
    """Whether the open file is locked now, by us."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
