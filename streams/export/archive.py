"""An export as one zip file."""

import asyncio
import mimetypes
import os
from errno import EEXIST
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from msgspec import json, to_builtins

from gateway.media.desk import name_of
from gateway.media.rows import Upload
from gateway.media.store import MediaStore, ObjectMissing
from streams.export.gathering import Holdings
from streams.export.page import page


async def write(held: Holdings, media: MediaStore, path: Path) -> list[str]:
    """Makes the file, readable by its owner alone, whole or not at all; answers the names in it.

    Raises `FileExistsError` when there is one, and the media store's errors.
    """
    _must_be_new(path)
    descriptor, name = mkstemp(prefix=f"{path.name}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                shown = await _add_media(archive, media, held.uploads)
                for document, content in documents(held).items():
                    text = json.format(json.encode(content), indent=1)
                    archive.writestr(f"json/{document}.json", text + b"\n")
                archive.writestr("index.html", page(held, shown))
            await asyncio.to_thread(_keep, file, partial, path)
            return archive.namelist()
    except BaseException:
        await asyncio.to_thread(partial.unlink, missing_ok=True)
        raise


def _must_be_new(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path))


def _keep(file: BinaryIO, partial: Path, path: Path) -> None:
    """Not by a hard link, which would replace nothing for sure: not all disks have them."""
    file.flush()
    os.fsync(file.fileno())
    _must_be_new(path)
    partial.rename(path)


def documents(held: Holdings) -> dict[str, Any]:
    """By the names of files without their ending."""
    done = held.deeds
    return {
        "account": held.account,
        "profile": done.profiles,
        "tweets": list(done.tweets.values()),
        "replies": list(done.replies.values()),
        **{str(kind): spans for kind, spans in done.spans.of.items()},
        "votes": list(done.votes.values()),
        "lists": list(done.lists.values()),
        "hidden_replies": done.hidden_replies,
        "notifications_read": done.notifications_read,
        "media": [to_builtins(upload, str_keys=True) for upload in held.uploads],
        "facts": held.facts,
    }


async def _add_media(archive: ZipFile, media: MediaStore, uploads: list[Upload]) -> dict[str, str]:
    """By key the names of those files whose bytes are there."""
    names = {}
    for upload in uploads:
        ending = mimetypes.guess_extension(upload.content_type) or ""
        name = f"media/{upload.media_key}{ending}"
        chunks = media.read(name_of(upload.media_key))
        try:
            first = await anext(chunks, b"")
        except ObjectMissing:
            continue
        with archive.open(name, "w", force_zip64=True) as file:
            file.write(first)
            async for chunk in chunks:
                file.write(chunk)
        names[upload.media_key] = name
    return names
