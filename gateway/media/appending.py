"""The segments of an upload, and its end."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.media.refusals import own_upload, refusals
from gateway.media.rows import Upload
from gateway.media.shown import upload_object
from gateway.media.uploading import MAX_UPLOAD_BODY_BYTES, UPLOAD_SECONDS
from gateway.parameters import id_in_path
from gateway.state import gateway_of
from schemas.api.uploads import AppendedSegment, AppendSegment, UploadObject

FINISH_SECONDS = 120.0

endpoints = Endpoints()


@endpoints.post(
    "/2/media/upload/{id}/append",
    answers=AppendedSegment,
    largest=MAX_UPLOAD_BODY_BYTES,
    seconds=UPLOAD_SECONDS,
)
async def append_segment(request: web.Request, command: AppendSegment) -> web.Response:
    """Upload one segment, in any order; a number used again replaces what it had."""
    upload = await append(request, id_in_path(request, "id"), command)
    return written(AppendedSegment(upload.expires_at))


async def append(request: web.Request, media_id: int, command: AppendSegment) -> Upload:
    """Raises `Problem`s."""
    upload = await own_upload(request, media_id)
    with refusals():
        await gateway_of(request).media.append(upload, command.segment_index, command.media)
    return upload


@endpoints.post("/2/media/upload/{id}/finalize", answers=UploadObject, seconds=FINISH_SECONDS)
async def finalize_upload(request: web.Request) -> web.Response:
    """End an upload: all segments are put together and examined."""
    return written(upload_object(await finish(request, id_in_path(request, "id"))))


async def finish(request: web.Request, media_id: int) -> Upload:
    """Raises `Problem`s."""
    upload = await own_upload(request, media_id)
    if not upload.ready:
        with refusals():
            await gateway_of(request).media.finish(upload)
    return await own_upload(request, media_id)
