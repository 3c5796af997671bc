"""Texts for those who cannot see a photo, and media by their keys."""

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer, written
from gateway.endpoints import Endpoints
from gateway.media.objects_shown import media_object
from gateway.media.refusals import key_in_path
from gateway.media.rows import Upload
from gateway.own_address import address_of
from gateway.parameters import id_of
from gateway.problems import missing, not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.wanted import wanted
from schemas.api.answers import Answer
from schemas.api.media import DescribedMedia, DescribeMedia, MediaFields, MediaLookup, MediaObject
from schemas.media import Media

endpoints = Endpoints()


@endpoints.post("/2/media/metadata", answers=DescribedMedia)
async def describe_media(request: web.Request, command: DescribeMedia) -> web.Response:
    """Say what is to be seen on a photo of yours that is in no tweet yet."""
    media_id = id_of(command.id, "id")
    alt_text = command.metadata.alt_text if command.metadata else None
    await describe(request, media_id, alt_text.text if alt_text else None)
    described = {"alt_text": {"text": alt_text.text}} if alt_text else {}
    return written(DescribedMedia(command.id, described))


async def describe(request: web.Request, media_id: int, text: str | None) -> None:
    """Raises a 404 `Problem`, also when it is another user's, or in a tweet: that would go on
    showing the text it was posted with."""
    if not await gateway_of(request).media.rows.describe(media_id, user_of(request), text):
        raise not_found("unused upload", media_id)


@endpoints.get("/2/media/{media_key}", answers=MediaObject)
async def media_by_key(request: web.Request, asked: MediaFields) -> web.Response:
    """One photo, GIF or video, by its key."""
    fields = wanted(request, asked).media
    key = key_in_path(request)
    found = await gateway_of(request).media.rows.ready_by_keys([key])
    if key not in found:
        raise not_found("media", key)
    return written(media_object(media_of(found[key]), fields, address_of(request)))


@endpoints.get("/2/media", answers=list[MediaObject])
async def media_by_keys(request: web.Request, asked: MediaLookup) -> web.Response:
    """Up to 100 photos, GIFs or videos by their keys."""
    fields = wanted(request, asked).media
    keys = list(dict.fromkeys(asked.media_keys.split(",")))
    found = await gateway_of(request).media.rows.ready_by_keys(keys)
    address = address_of(request)
    shown = [media_object(media_of(found[key]), fields, address) for key in keys if key in found]
    errors = [missing("media", "media_keys", key) for key in keys if key not in found]
    return answer(Answer(data=shown or UNSET, errors=errors or UNSET))


def media_of(upload: Upload) -> Media:
    return Media(
        upload.media_key,
        upload.type,
        upload.width,
        upload.height,
        upload.duration_ms,
        upload.alt_text,
        upload.content_type,
        upload.size,
    )
