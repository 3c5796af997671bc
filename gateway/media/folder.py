"""Objects as files of a local folder."""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from gateway.media.objects import CHUNK_BYTES, ObjectMissing, StoreAway

PARTIAL = "partial"
ABANDONED_SECONDS = 86_400.0
"""So old is no file that is still being written."""


class Folder:
    """A file is written under a name of its own, forced to the disk, and then renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        partial = self._root / PARTIAL / secrets.token_hex(16)
        with self._answering():
            try:
                with await asyncio.to_thread(partial.open, "wb") as file:
                    async for chunk in chunks:
                        await asyncio.to_thread(file.write, chunk)
                    await asyncio.to_thread(_force, file.fileno(), file.flush)
                await asyncio.to_thread(_rename, partial, self._root / name)
            finally:
                await asyncio.to_thread(partial.unlink, missing_ok=True)

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        with self._answering():
            try:
                file = await asyncio.to_thread((self._root / name).open, "rb")
            except FileNotFoundError as error:
                raise ObjectMissing(name) from error
        with file:
            with self._answering():
                file.seek(start)
            left = None if end is None else end - start
            while left is None or left > 0:
                wanted = CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
                with self._answering():
                    chunk = await asyncio.to_thread(file.read, wanted)
                if not chunk:
                    return
                yield chunk
                left = None if left is None else left - len(chunk)

    async def delete(self, name: str) -> None:
        with self._answering():
            await asyncio.to_thread((self._root / name).unlink, missing_ok=True)

    async def delete_below(self, name: str) -> None:
        folder = self._root / name
        with self._answering():
            if await asyncio.to_thread(folder.is_dir):
                await asyncio.to_thread(shutil.rmtree, folder)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What the disk says, in the words of all stores."""
        try:
            yield
        except OSError as error:
            raise StoreAway(f"{self._root}: {error.strerror}") from error


def _force(number: int, flush: object) -> None:
    assert callable(flush)
    flush()
    os.fsync(number)


def _rename(partial: Path, name: Path) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(name)
    folder = os.open(name.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@asynccontextmanager
async def open_folder(path: str) -> AsyncIterator[Folder]:
    yield Folder(await asyncio.to_thread(_prepared, path))


def _prepared(path: str) -> Path:
    root = Path(path).expanduser().resolve()
    partial = root / PARTIAL
    partial.mkdir(parents=True, exist_ok=True)
    for abandoned in partial.iterdir():
        if abandoned.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            abandoned.unlink(missing_ok=True)
    return root
