"""Uploading a photo at once, and beginning an upload in segments."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.media.desk import MAX_PHOTO_BYTES
from gateway.media.refusals import own_upload, refusals
from gateway.media.rejected import MediaRejected
from gateway.media.rows import Upload
from gateway.media.shown import upload_object
from gateway.media.sniff import content_type_of
from gateway.parameters import id_of
from gateway.requests import user_of
from gateway.state import gateway_of
from schemas.api.uploads import InitializeUpload, UploadObject, UploadStatus

UPLOAD_SECONDS = 60.0
MAX_UPLOAD_BODY_BYTES = 7 * 1024**2
"""Base64 makes four bytes of three."""

endpoints = Endpoints()


async def take(
    request: web.Request, media: bytes, declared: str | None, category: str | None
) -> Upload:
    """All of a small photo, GIF or video in one request. Raises `Problem`s."""
    gateway, user = gateway_of(request), user_of(request)
    desk = gateway.media
    with refusals():
        found = content_type_of(media)
        if found is None:
            raise MediaRejected("this is neither JPEG, PNG, GIF, WebP, MP4 nor QuickTime")
        if declared not in (None, found):
            raise MediaRejected(f"this is {found}, not {declared}")
        if len(media) > MAX_PHOTO_BYTES:
            raise MediaRejected(f"at most {MAX_PHOTO_BYTES} bytes come at once")
        upload = await desk.begin(gateway.ids.next(), user, found, category, len(media))
        try:
            await desk.append(upload, 0, media)
            await desk.finish(upload)
            return await own_upload(request, upload.media_id)
        except BaseException:
            await desk.give_up(upload)
            raise


@endpoints.post("/2/media/upload/initialize", answers=UploadObject)
async def initialize_upload(request: web.Request, command: InitializeUpload) -> web.Response:
    """Begin to upload a photo, GIF or video in segments."""
    return written(upload_object(await begin(request, command)))


async def begin(request: web.Request, command: InitializeUpload) -> Upload:
    """Raises `Problem`s."""
    gateway = gateway_of(request)
    with refusals():
        return await gateway.media.begin(
            gateway.ids.next(),
            user_of(request),
            command.media_type,
            command.media_category,
            command.total_bytes,
        )


@endpoints.get("/2/media/upload", answers=UploadObject)
async def upload_status(request: web.Request, asked: UploadStatus) -> web.Response:
    """How far an upload of yours has come."""
    upload = await own_upload(request, id_of(asked.media_id, "media_id"))
    return written(upload_object(upload))
