"""Uploads as the API shows them."""

from typing import TypedDict

from msgspec import UNSET, UnsetType

from gateway.media.rows import Upload
from schemas.api.uploads import ImageSize, LegacyUploadObject, Processing, UploadObject, VideoType


class _Shown(TypedDict):
    media_key: str
    expires_after_secs: int
    size: int | UnsetType
    image: ImageSize | UnsetType
    video: VideoType | UnsetType
    processing_info: Processing | UnsetType


def upload_object(upload: Upload) -> UploadObject:
    return UploadObject(id=str(upload.media_id), **_shown(upload))


def legacy_object(upload: Upload) -> LegacyUploadObject:
    return LegacyUploadObject(
        media_id=upload.media_id, media_id_string=str(upload.media_id), **_shown(upload)
    )


def _shown(upload: Upload) -> _Shown:
    photo = upload.ready and upload.type == "photo"
    other = upload.ready and upload.type != "photo"
    image = ImageSize(upload.content_type, upload.width, upload.height)
    return _Shown(
        media_key=upload.media_key,
        expires_after_secs=max(0, upload.seconds_left),
        size=upload.size if upload.ready else UNSET,
        image=image if photo else UNSET,
        video=VideoType(upload.content_type) if other else UNSET,
        processing_info=Processing("succeeded", progress_percent=100) if other else UNSET,
    )
