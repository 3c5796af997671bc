"""The bytes, for whoever knows their key."""

import logging
import re
from asyncio import CancelledError
from typing import get_args

from aiohttp import web
from msgspec import Struct

from gateway.media.desk import name_of
from gateway.media.objects import ObjectMissing, StoreAway
from gateway.media.objects_shown import PATH
from gateway.media.refusals import key_in_path
from gateway.media.rows import Upload
from gateway.open_paths import OpenPath
from gateway.problems import not_found
from gateway.requests import allow
from gateway.state import gateway_of
from schemas.api.uploads import MediaContentType

logger = logging.getLogger(__name__)

_last_none = re.compile("bytes=-0+", re.IGNORECASE).fullmatch

CHUNK_SECONDS = 20.0
"""A reader who takes nothing for so long is left."""

SAFE = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
}


class Part(Struct, frozen=True):
    """From `start` up to, without, `end`."""

    start: int
    end: int


async def media_bytes(request: web.Request) -> web.StreamResponse:
    """A photo, GIF or video, or the part of it that `Range` asks for."""
    gateway = gateway_of(request)
    await gateway.limits.of_address(request)
    key = key_in_path(request)
    upload = (await gateway.media.rows.ready_by_keys([key])).get(key)
    if upload is None:
        raise not_found("media", key)
    headers = SAFE | {"ETag": f'"{key}"', "Content-Type": upload.content_type}
    if any(tag.value in (key, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    asked = _asked(request, upload)
    if asked is None:
        response = web.StreamResponse(headers=headers)
        return await _stream(request, upload, Part(0, upload.size), response)
    if asked.start >= asked.end:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{upload.size}"})
    headers["Content-Range"] = f"bytes {asked.start}-{asked.end - 1}/{upload.size}"
    return await _stream(request, upload, asked, web.StreamResponse(status=206, headers=headers))


_KINDS = get_args(MediaContentType)

open_paths = [OpenPath(PATH, media_bytes, {200: _KINDS, 206: _KINDS, 304: (), 416: ()})]


def _asked(request: web.Request, upload: Upload) -> Part | None:
    """None for all bytes, which also who asks for no range of bytes gets, or for the head alone;
    empty where there are none."""
    if request.method == "HEAD":
        return None
    if request.headers.get("If-Range", f'"{upload.media_key}"') != f'"{upload.media_key}"':
        return None
    try:
        asked = request.http_range
    except ValueError:
        return None
    if asked.start is None:
        return None
    if _last_none(request.headers["Range"]):  # aiohttp takes it for all from 0 on
        return Part(upload.size, upload.size)
    start = asked.start if asked.start >= 0 else max(0, upload.size + asked.start)
    return Part(start, upload.size if asked.stop is None else min(asked.stop, upload.size))


async def _stream(
    request: web.Request, upload: Upload, part: Part, response: web.StreamResponse
) -> web.StreamResponse:
    response.content_length = part.end - part.start
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    chunks = gateway_of(request).media.store.read(name_of(upload.media_key), part.start, part.end)
    sent = 0
    try:
        async for chunk in chunks:
            allow(request, CHUNK_SECONDS)
            if not response.prepared:
                await response.prepare(request)
            await response.write(chunk)
            sent += len(chunk)
        if sent < part.end - part.start:
            raise ObjectMissing(f"{upload.media_key} from byte {part.start + sent} on")
    except (ObjectMissing, StoreAway, TimeoutError, ConnectionError, CancelledError) as error:
        if response.prepared:
            return _broken_off(request, response, error)
        if isinstance(error, ObjectMissing):
            raise not_found("media", upload.media_key) from error
        raise
    return response


def _broken_off(
    request: web.Request, response: web.StreamResponse, error: BaseException
) -> web.StreamResponse:
    """A reader must see that bytes are missing: the connection ends before the length is there."""
    logger.warning("%s broken off: %r", request.path, error)
    if request.transport is not None:
        request.transport.abort()
    if isinstance(error, CancelledError):
        raise error
    return response
