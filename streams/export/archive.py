"""An export as one zip file."""

import asyncio
import mimetypes
import os
from pathlib import Path
from typing import Any
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
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            shown = await _add_media(archive, media, held.uploads)
            for name, content in documents(held).items():
                text = json.format(json.encode(content), indent=1)
                archive.writestr(f"json/{name}.json", text + b"\n")
            archive.writestr("index.html", page(held, shown))
            return archive.namelist()
    except BaseException:
        await asyncio.to_thread(path.unlink)
        raise


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
        try:
            await media.size(name_of(upload.media_key))
        except ObjectMissing:
            continue
        with archive.open(name, "w", force_zip64=True) as file:
            async for chunk in media.read(name_of(upload.media_key)):
                file.write(chunk)
        names[upload.media_key] = name
    return names
