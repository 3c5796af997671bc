"""Uploads over HTTP: at once and in segments, in any order, twice, unfinished, refused."""

import asyncio
import base64
import json
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from gateway.media.desk import MAX_PHOTO_BYTES, MAX_SEGMENT_BYTES
from gateway.media.rows import UNUSED_BYTES
from gateway.media.uploading import MAX_UPLOAD_BODY_BYTES, UPLOAD_SECONDS
from gateway.modules import ENDPOINTS
from projections.stores import Stores
from tests.gateway.problems import assert_problem
from tests.media import pictures
from tests.person import Person, Reply

UPLOAD = "/2/media/upload"


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def upload(person: Person, data: bytes, **more: Any) -> Reply:
    body = BytesIO(json.dumps({"media": text_of(data), **more}).encode())
    headers = {"Content-Type": "application/json"}
    return await person.call("POST", UPLOAD, data=body, headers=headers)


async def initialize(person: Person, data: bytes, kind: str, **more: Any) -> str:
    body = {"media_type": kind, "total_bytes": len(data), **more}
    reply = await person.call("POST", f"{UPLOAD}/initialize", json=body)
    assert reply.status == 200, reply.body
    return str(reply.data["id"])


async def append(person: Person, media_id: str, number: int, data: bytes) -> Reply:
    body = {"media": text_of(data), "segment_index": number}
    return await person.call("POST", f"{UPLOAD}/{media_id}/append", json=body)


async def finalize(person: Person, media_id: str) -> Reply:
    return await person.call("POST", f"{UPLOAD}/{media_id}/finalize")


async def status(person: Person, media_id: str) -> Reply:
    return await person.call("GET", UPLOAD, params={"media_id": media_id, "command": "STATUS"})


async def test_a_photo_at_once(alice: Person) -> None:
    taken = pictures.photo("JPEG", orientation=6)
    reply = await upload(alice, taken, media_category="tweet_image")
    assert reply.status == 200, reply.body
    assert reply.data["image"] == {"image_type": "image/jpeg", "w": 48, "h": 64}
    assert 0 < reply.data["size"] < len(taken)
    assert 86_000 < reply.data["expires_after_secs"] <= 86_400
    kept = await alice.fetch(f"/media/{reply.data['media_key']}")
    assert kept.status == 200
    assert len(kept.body) == reply.data["size"]
    assert pictures.PLACE not in kept.body


async def test_a_photo_as_a_form(alice: Person) -> None:
    form = FormData({"media_category": "tweet_image"})
    form.add_field(
        "media", pictures.photo("PNG"), filename="../../x.html", content_type="text/html"
    )
    reply = await alice.call("POST", UPLOAD, data=form)
    assert reply.status == 200, reply.body
    assert reply.data["image"]["image_type"] == "image/png"
    kept = await alice.fetch(f"/media/{reply.data['media_key']}")
    assert kept.headers["Content-Type"] == "image/png"


async def test_what_x_says_of_further_owners_is_taken_and_does_nothing(
    alice: Person, bob: Person
) -> None:
    taken = pictures.photo("PNG")
    begun = await initialize(
        alice, taken, "image/png", additional_owners=[bob.id, "7"], shared=False
    )
    assert (await append(alice, begun, 0, taken)).status == 200
    assert (await finalize(alice, begun)).status == 200
    assert (await status(bob, begun)).status == 404
    assert (await upload(alice, taken, additional_owners=[bob.id])).status == 200
    form = FormData(
        [("additional_owners", bob.id), ("additional_owners", "7"), ("shared", "false")]
    )
    form.add_field("media", taken, filename="blob")
    assert (await alice.call("POST", UPLOAD, data=form)).status == 200
    legacy = FormData({"additional_owners": f"{bob.id},7"})
    legacy.add_field("media", taken, filename="blob")
    assert (await alice.call("POST", "/1.1/media/upload.json", data=legacy)).status == 200


async def test_what_cannot_be_shared_or_is_given_twice_is_refused(alice: Person) -> None:
    taken = pictures.photo("PNG")
    assert_problem(await upload(alice, taken, shared=True), 400, "shared")
    form = FormData()
    for _ in range(2):
        form.add_field("media", taken, filename="blob")
    assert_problem(await alice.call("POST", UPLOAD, data=form), 400, "media")


def test_the_body_of_every_upload_comes_in_the_same_time() -> None:
    largest = [one for one in ENDPOINTS if one.largest == MAX_UPLOAD_BODY_BYTES]
    assert {one.path for one in largest} == {
        UPLOAD,
        f"{UPLOAD}/{{id}}/append",
        "/1.1/media/upload.json",
    }
    assert {one.seconds for one in largest} == {UPLOAD_SECONDS}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 1, 2, 0)])
async def test_segments_come_in_any_order_and_twice(alice: Person, order: tuple[int, ...]) -> None:
    taken = pictures.video()
    third = len(taken) // 3
    parts = [taken[:third], taken[third : 2 * third], taken[2 * third :]]
    media_id = await initialize(alice, taken, "video/mp4", media_category="tweet_video")
    assert "size" not in (await status(alice, media_id)).data
    for number in order:
        appended = await append(alice, media_id, number, parts[number])
        assert appended.data["expires_at"] > 1_700_000_000
    finished = await finalize(alice, media_id)
    assert finished.status == 200, finished.body
    assert finished.data["size"] == len(taken)
    assert finished.data["processing_info"]["state"] == "succeeded"
    assert (await finalize(alice, media_id)).data == finished.data
    assert (await status(alice, media_id)).data["media_key"] == finished.data["media_key"]
    kept = await alice.fetch(f"/media/{finished.data['media_key']}")
    assert kept.headers["Content-Type"] == "video/mp4"
    assert kept.body[: third // 2][8:12] == b"isom"
    assert pictures.PLACE not in kept.body
    assert (await append(alice, media_id, 0, parts[0])).status == 409


async def test_segments_as_forms_and_an_empty_object_at_the_end(alice: Person) -> None:
    taken = pictures.gif()
    media_id = await initialize(alice, taken, "image/gif", media_category="tweet_gif")
    form = FormData({"segment_index": "0"})
    form.add_field("media", taken, filename="blob")
    assert (await alice.call("POST", f"{UPLOAD}/{media_id}/append", data=form)).status == 200
    finished = await alice.call("POST", f"{UPLOAD}/{media_id}/finalize", json={})
    assert finished.data["media_key"].startswith("16_")


async def test_a_segment_sent_again_replaces_what_it_had(alice: Person) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/png")
    await append(alice, media_id, 0, bytes(len(taken)))
    await append(alice, media_id, 0, taken)
    assert (await finalize(alice, media_id)).status == 200


async def test_what_is_missing_is_said_and_can_still_be_sent(alice: Person) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/png")
    assert "segment 0 is missing" in (await finalize(alice, media_id)).body["detail"]
    await append(alice, media_id, 1, taken[100:])
    assert "segment 0 is missing" in (await finalize(alice, media_id)).body["detail"]
    await append(alice, media_id, 0, taken[:90])
    assert "bytes announced" in (await finalize(alice, media_id)).body["detail"]
    await append(alice, media_id, 0, taken[:100])
    assert (await finalize(alice, media_id)).status == 200


async def test_more_than_announced_is_refused(alice: Person) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/png")
    assert (await append(alice, media_id, 0, taken)).status == 200
    more = await append(alice, media_id, 1, b"x")
    assert (more.status, "announced" in more.body["detail"]) == (400, True)
    assert (await append(alice, media_id, 0, taken + b"x")).status == 400
    assert (await finalize(alice, media_id)).status == 200


@pytest.mark.parametrize(
    ("data", "more", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", {}, "neither"),
        (b"\x7fELF" + bytes(100), {}, "neither"),
        (b"PK\x03\x04" + bytes(100), {}, "neither"),
        (b"", {}, "neither"),
        (pictures.photo("JPEG"), {"media_category": "tweet_video"}, "image/jpeg is no tweet_video"),
        (pictures.video(), {"media_category": "tweet_image"}, "video/mp4 is no tweet_image"),
        (pictures.photo("PNG"), {"media_category": "tweet_gif"}, "image/png is no tweet_gif"),
        (pictures.photo("PNG"), {"media_type": "image/jpeg"}, "image/png, not image/jpeg"),
        (pictures.photo("JPEG")[:500], {}, "JPEG"),
        (pictures.photo("PNG", metadata=False) + bytes(MAX_PHOTO_BYTES), {}, "at most"),
        (pictures.photo("PNG"), {"media_category": "dm_image"}, "dm_image"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_is_refused(alice: Person, data: bytes, more: dict[str, str], why: str) -> None:
    reply = await upload(alice, data, **more)
    assert reply.status == 400
    assert why in reply.body["detail"]


async def test_bytes_that_contradict_what_was_announced_are_removed(alice: Person) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/jpeg")
    await append(alice, media_id, 0, taken)
    reply = await finalize(alice, media_id)
    assert (reply.status, "image/png, not image/jpeg" in reply.body["detail"]) == (400, True)
    assert (await status(alice, media_id)).status == 404


@pytest.mark.parametrize(
    ("kind", "megabytes", "good"),
    [
        ("image/png", 5, True),
        ("image/png", 6, False),
        ("image/gif", 15, True),
        ("image/gif", 16, False),
        ("video/mp4", 512, True),
        ("video/mp4", 513, False),
        ("application/zip", 1, False),
        ("image/svg+xml", 1, False),
    ],
)
async def test_limits_of_size(alice: Person, kind: str, megabytes: int, good: bool) -> None:
    body = {"media_type": kind, "total_bytes": megabytes * 1024**2}
    reply = await alice.call("POST", f"{UPLOAD}/initialize", json=body)
    assert reply.status == (200 if good else 400), reply.body


async def test_a_body_or_a_segment_may_be_too_large(alice: Person) -> None:
    media_id = await initialize(alice, bytes(6 * 1024**2), "video/mp4")
    form = FormData({"segment_index": "0"})
    form.add_field("media", BytesIO(bytes(MAX_SEGMENT_BYTES + 1)), filename="blob")
    assert (await alice.call("POST", f"{UPLOAD}/{media_id}/append", data=form)).status == 400
    assert (await upload(alice, bytes(8 * 1024**2))).status == 413
    tweet = await alice.call("POST", "/2/tweets", json={"text": "x" * 70_000})
    assert tweet.status == 413


async def test_what_is_unfinished_and_unused_is_limited(alice: Person, bob: Person) -> None:
    size = 512 * 1024**2
    body = {"media_type": "video/mp4", "total_bytes": size}
    begun = (alice.call("POST", f"{UPLOAD}/initialize", json=body) for _ in range(12))
    statuses = [reply.status for reply in await asyncio.gather(*begun)]
    assert statuses.count(200) == UNUSED_BYTES // size
    refused = await alice.call("POST", f"{UPLOAD}/initialize", json=body)
    assert (refused.status, "too many" in refused.body["detail"]) == (403, True)
    assert (await bob.call("POST", f"{UPLOAD}/initialize", json=body)).status == 200


async def test_uploads_are_their_owners_alone(alice: Person, bob: Person) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/png")
    for reply in (
        await append(bob, media_id, 0, taken),
        await finalize(bob, media_id),
        await status(bob, media_id),
        await bob.call(
            "POST",
            "/2/media/metadata",
            json={"id": media_id, "metadata": {"alt_text": {"text": "x"}}},
        ),
    ):
        assert reply.status == 404
    assert (await append(alice, media_id, 0, taken)).status == 200


async def test_an_expired_upload_is_gone(alice: Person, stores: Stores) -> None:
    taken = pictures.photo("PNG")
    media_id = await initialize(alice, taken, "image/png")
    await append(alice, media_id, 0, taken)
    await stores.postgres.execute(
        "UPDATE media SET expires_at = now() WHERE media_id = $1", int(media_id)
    )
    assert (await finalize(alice, media_id)).status == 404
    assert (await append(alice, media_id, 0, taken)).status == 404


async def test_an_upload_may_be_ended_several_times_at_once(alice: Person) -> None:
    taken = pictures.video(payload=bytes(1_000_000))
    media_id = await initialize(alice, taken, "video/mp4")
    half = len(taken) // 2
    await asyncio.gather(
        append(alice, media_id, 0, taken[:half]), append(alice, media_id, 1, taken[half:])
    )
    ends = await asyncio.gather(*(finalize(alice, media_id) for _ in range(4)))
    assert [end.status for end in ends] == [200] * 4
    assert {end.data["size"] for end in ends} == {len(taken)}
