"""The upload of API v1.1, which tweepy and the v1 client of twitter-api-v2 speak."""

from aiohttp import web
from msgspec import json

from gateway.endpoints import Endpoints
from gateway.media.commanded import carried_out
from gateway.media.describing import describe
from gateway.media.refusals import own_upload
from gateway.media.rows import Upload
from gateway.media.shown import legacy_object
from gateway.media.uploading import MAX_UPLOAD_BODY_BYTES, UPLOAD_SECONDS
from gateway.parameters import id_of
from schemas.api.media import LegacyDescribeMedia
from schemas.api.uploads import LegacyUploadObject, UploadMedia, UploadStatus

endpoints = Endpoints()


@endpoints.post(
    "/1.1/media/upload.json",
    answers=LegacyUploadObject,
    statuses=(200, 204),
    bare=True,
    largest=MAX_UPLOAD_BODY_BYTES,
    seconds=UPLOAD_SECONDS,
)
async def legacy_upload(request: web.Request, command: UploadMedia) -> web.Response:
    """API v1.1: upload a photo, or INIT, APPEND or FINALIZE an upload in segments."""
    upload = await carried_out(request, command)
    if command.command == "APPEND":
        return web.Response(status=204)  # as X's v1.1 does, and clients of it expect
    return _bare(upload)


@endpoints.get("/1.1/media/upload.json", answers=LegacyUploadObject, bare=True)
async def legacy_status(request: web.Request, asked: UploadStatus) -> web.Response:
    """API v1.1: how far an upload of yours has come."""
    return _bare(await own_upload(request, id_of(asked.media_id, "media_id")))


@endpoints.post("/1.1/media/metadata/create.json", answers=dict[str, str], bare=True)
async def legacy_describe(request: web.Request, command: LegacyDescribeMedia) -> web.Response:
    """API v1.1: say what is to be seen on a photo of yours that is in no tweet yet."""
    media_id = id_of(str(command.media_id), "media_id")
    await describe(request, media_id, command.alt_text.text)
    return web.json_response({})


def _bare(upload: Upload) -> web.Response:
    return web.Response(body=json.encode(legacy_object(upload)), content_type="application/json")
