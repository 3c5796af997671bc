"""Programs written for X upload photos and videos here."""

import asyncio
import base64
from io import BytesIO
from typing import Any

import pytest
import tweepy
from xdk.media.models import (
    AppendUploadRequest,
    CreateMetadataRequest,
    InitializeUploadRequest,
    UploadRequest,
)
from xdk.posts.models import CreateRequest
from xdk.schemas import (
    CreateMediaMetadataMetadata,
    CreatePostsMedia,
    CreatePostsMediaCallToActions,
    CreatePostsMediaCallToActionsVisitSite,
)

from tests.gateway.test_x_clients import seen
from tests.media import pictures
from tests.person import Person
from tests.x_clients import Redirected, Tweepy, Xdk

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

FIELDS = "url,width,height,alt_text,variants,duration_ms,public_metrics"


@pytest.fixture
def old_tweepy(alice: Person) -> tweepy.API:
    api = tweepy.API(tweepy.OAuth2BearerHandler(alice.token))
    for host in ("https://upload.twitter.com", "https://api.twitter.com"):
        api.session.mount(host, Redirected(alice.gateway))
    return api


async def media_upload(api: tweepy.API, name: str, data: bytes, **more: Any) -> Any:
    return await asyncio.to_thread(api.media_upload, name, file=BytesIO(data), **more)


async def test_tweepy_uploads_a_photo(
    alice: Person, old_tweepy: tweepy.API, with_tweepy: Tweepy
) -> None:
    photo = await media_upload(old_tweepy, "lark.jpg", pictures.photo("JPEG"))
    assert photo.media_id_string == str(photo.media_id)
    await asyncio.to_thread(old_tweepy.create_media_metadata, photo.media_id, "A lark")
    created = await with_tweepy(
        "create_tweet", text="A lark", media_ids=[photo.media_id], user_auth=False
    )
    await seen(alice, created.data["id"])
    found = await with_tweepy(
        "get_tweet",
        created.data["id"],
        expansions="attachments.media_keys",
        tweet_fields="attachments",
        media_fields=FIELDS,
    )
    (shown,) = found.includes["media"]
    assert found.data.attachments["media_keys"] == [shown.media_key]
    assert (shown.type, shown.width, shown.height) == ("photo", 64, 48)
    assert shown.alt_text == "A lark"
    assert (await alice.fetch(shown.url.removeprefix(alice.gateway))).status == 200


async def test_tweepy_uploads_a_video_in_segments(
    alice: Person, old_tweepy: tweepy.API, with_tweepy: Tweepy
) -> None:
    data = pictures.video(payload=bytes(3_000_000))
    video = await media_upload(old_tweepy, "lark.mp4", data, media_category="tweet_video")
    assert video.processing_info["state"] == "succeeded"
    status = await asyncio.to_thread(old_tweepy.get_media_upload_status, video.media_id)
    assert status.size == len(data)
    created = await with_tweepy("create_tweet", media_ids=[video.media_id], user_auth=False)
    await seen(alice, created.data["id"])


async def test_tweepy_uploads_a_gif_in_segments(old_tweepy: tweepy.API) -> None:
    gif = await media_upload(
        old_tweepy, "lark.gif", pictures.gif(), chunked=True, media_category="tweet_gif"
    )
    assert gif.video["video_type"] == "image/gif"


async def test_tweepy_is_told_what_is_wrong(old_tweepy: tweepy.API) -> None:
    with pytest.raises(tweepy.BadRequest, match="neither JPEG"):
        await media_upload(old_tweepy, "lark.jpg", b"<svg/>")


async def test_tweepy_posts_a_poll(alice: Person, with_tweepy: Tweepy) -> None:
    created = await with_tweepy(
        "create_tweet",
        text="Which?",
        poll_options=["Lark", "Pipit"],
        poll_duration_minutes=60,
        user_auth=False,
    )
    await seen(alice, created.data["id"])
    found = await with_tweepy("get_tweet", created.data["id"], tweet_fields="attachments")
    assert found.data.attachments["poll_ids"] == [created.data["id"]]


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_what_xdk_may_say_of_media_beside_their_text_is_taken(
    alice: Person, with_xdk: Xdk
) -> None:
    request = UploadRequest(media=text_of(pictures.photo("WEBP")), media_category="tweet_image")
    photo = (await with_xdk("media", "upload", body=request)).data
    others = set(CreateMediaMetadataMetadata.model_fields) - {"alt_text"}
    metadata: dict[str, Any] = {name: {"anything": [1]} for name in others}
    metadata["alt_text"] = {"text": "A lark"}
    described = {"id": photo.id, "metadata": metadata}
    told = await alice.call("POST", "/2/media/metadata", json=described)
    assert told.status == 200, told.body
    assert told.data["associated_metadata"] == {"alt_text": {"text": "A lark"}}
    nothing = await with_xdk("media", "create_metadata", body=CreateMetadataRequest(id=photo.id))
    assert nothing.data.id == photo.id
    media = CreatePostsMedia(
        media_ids=[photo.id],
        call_to_actions=CreatePostsMediaCallToActions(
            visit_site=CreatePostsMediaCallToActionsVisitSite(url="https://example.com")
        ),
    )
    created = await with_xdk("posts", "create", body=CreateRequest(text="A lark", media=media))
    assert created.data.id


async def test_xdk_uploads_a_photo(alice: Person, with_xdk: Xdk) -> None:
    request = UploadRequest(media=text_of(pictures.photo("WEBP")), media_category="tweet_image")
    photo = (await with_xdk("media", "upload", body=request)).data
    described = CreateMetadataRequest(id=photo.id, metadata={"alt_text": {"text": "A lark"}})
    await with_xdk("media", "create_metadata", body=described)
    by_key = await with_xdk("media", "get_by_key", photo.media_key, media_fields=["alt_text"])
    assert by_key.data.alt_text == "A lark"
    post = CreateRequest(text="A lark", media={"media_ids": [photo.id]})
    created = await with_xdk("posts", "create", body=post)
    await seen(alice, created.data.id)
    found = await with_xdk(
        "posts",
        "get_by_id",
        created.data.id,
        expansions=["attachments.media_keys"],
        media_fields=FIELDS.split(","),
    )
    (shown,) = found.includes.media
    assert (shown.media_key, shown.type, shown.width) == (photo.media_key, "photo", 64)


async def test_xdk_uploads_a_video_in_segments(with_xdk: Xdk) -> None:
    data = pictures.video(payload=bytes(2_500_000))
    begin = InitializeUploadRequest(
        media_type="video/mp4", media_category="tweet_video", total_bytes=len(data)
    )
    media_id = (await with_xdk("media", "initialize_upload", body=begin)).data.id
    size = 1_000_000
    for number, place in enumerate(range(0, len(data), size)):
        segment = AppendUploadRequest(
            media=text_of(data[place : place + size]), segment_index=number
        )
        appended = await with_xdk("media", "append_upload", media_id, body=segment)
        assert appended.data.expires_at
    finished = await with_xdk("media", "finalize_upload", media_id)
    assert finished.data.processing_info.state == "succeeded"
    status = await with_xdk("media", "get_upload_status", media_id)
    assert status.data.size == len(data)
