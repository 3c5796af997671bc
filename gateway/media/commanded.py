"""Uploads of one address, where a `command` says what is meant: X's first way, in v1.1 and v2."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.media.appending import FINISH_SECONDS, append, finish
from gateway.media.rows import Upload
from gateway.media.shown import upload_object
from gateway.media.uploading import MAX_UPLOAD_BODY_BYTES, UPLOAD_SECONDS, begin, take
from gateway.parameters import id_of
from gateway.problems import invalid
from gateway.requests import allow
from schemas.api.uploads import (
    AppendSegment,
    InitializeUpload,
    UploadMedia,
    UploadObject,
)

endpoints = Endpoints()


@endpoints.post(
    "/2/media/upload",
    answers=UploadObject,
    largest=MAX_UPLOAD_BODY_BYTES,
    seconds=UPLOAD_SECONDS,
)
async def upload_media(request: web.Request, command: UploadMedia) -> web.Response:
    """Upload a photo of up to 5 MB at once, or INIT, APPEND or FINALIZE an upload in segments."""
    return written(upload_object(await carried_out(request, command)))


async def carried_out(request: web.Request, command: UploadMedia) -> Upload:
    """The upload as it is then. Raises `Problem`s."""
    match command:
        case UploadMedia(command=None, media=bytes(media)):
            return await take(request, media, command.media_type, command.category)
        case UploadMedia(command="INIT", media_type=str(kind), total_bytes=int(total)):
            return await begin(request, InitializeUpload(kind, total, command.category))
        case UploadMedia(
            command="APPEND", media_id=str(media_id), media=bytes(media), segment_index=int(number)
        ):
            segment = AppendSegment(media, number)
            return await append(request, id_of(media_id, "media_id"), segment)
        case UploadMedia(command="FINALIZE", media_id=str(media_id)):
            allow(request, FINISH_SECONDS)
            return await finish(request, id_of(media_id, "media_id"))
    raise invalid(f"body: a field that {command.command or 'a simple upload'} needs is missing")
