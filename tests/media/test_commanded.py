"""Uploads where a `command` says what is meant: as X's samples send them to API v2 and v1.1."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import FormData

from tests.gateway.problems import assert_problem
from tests.media import pictures
from tests.person import Person, Reply

V2, V1 = "/2/media/upload", "/1.1/media/upload.json"


async def sent_in(way: str, person: Person, path: str, fields: Mapping[str, str]) -> Reply:
    """`way`: query, form or multipart. What a program of X sends beside the bytes."""
    if way == "query":
        return await person.call("POST", f"{path}?{urlencode(fields)}")
    form = FormData(fields)
    if way == "multipart":
        form = FormData(fields, default_to_multipart=True)
    return await person.call("POST", path, data=form)


def announced(data: bytes, kind: str, **more: str) -> dict[str, str]:
    return {"command": "INIT", "media_type": kind, "total_bytes": str(len(data)), **more}


async def append(person: Person, media_id: str, number: int, data: bytes, where: str) -> Reply:
    """`where` its fields stand: query or form."""
    fields = {"command": "APPEND", "media_id": media_id, "segment_index": str(number)}
    form = FormData({} if where == "query" else fields)
    form.add_field("media", data, filename="chunk", content_type="application/octet-stream")
    path = f"{V2}?{urlencode(fields)}" if where == "query" else V2
    return await person.call("POST", path, data=form)


@pytest.mark.parametrize("way", ["query", "form", "multipart"])
@pytest.mark.parametrize("where", ["query", "form"])
async def test_a_video_is_uploaded_by_commands(alice: Person, way: str, where: str) -> None:
    taken = pictures.video()
    half = len(taken) // 2
    fields = announced(taken, "video/mp4", media_category="tweet_video")
    begun = await sent_in(way, alice, V2, fields)
    assert begun.status == 200, begun.body
    assert begun.data.keys() == {"id", "media_key", "expires_after_secs"}
    media_id = begun.data["id"]
    for number, part in enumerate((taken[:half], taken[half:])):
        appended = await append(alice, media_id, number, part, where)
        assert appended.status == 200, appended.body
        assert appended.data["id"] == media_id
    ended = await sent_in(way, alice, V2, {"command": "FINALIZE", "media_id": media_id})
    assert ended.status == 200, ended.body
    assert (ended.data["id"], ended.data["size"]) == (media_id, len(taken))
    assert ended.data["processing_info"]["state"] == "succeeded"
    asked = {"command": "STATUS", "media_id": media_id}
    assert (await alice.call("GET", V2, params=asked)).data["media_key"] == begun.data["media_key"]
    posted = await alice.call("POST", "/2/tweets", json={"media": {"media_ids": [media_id]}})
    assert posted.status == 201, posted.body


@pytest.mark.parametrize(
    ("data", "kind", "category", "prefix"),
    [
        (pictures.photo("PNG"), "image/png", "TweetImage", "3_"),
        (pictures.gif(), "image/gif", "TweetGif", "16_"),
        (pictures.video(), "video/mp4", "TweetVideo", "7_"),
    ],
    ids=["photo", "gif", "video"],
)
async def test_the_old_names_of_categories_mean_the_new_ones(
    alice: Person, data: bytes, kind: str, category: str, prefix: str
) -> None:
    begun = await sent_in("form", alice, V1, announced(data, kind, media_category=category))
    assert begun.status == 200, begun.body
    media_id = begun.body["media_id_string"]
    form = FormData({"command": "APPEND", "media_id": media_id, "segment_index": "0"})
    form.add_field("media", data, filename="blob")
    assert (await alice.call("POST", V1, data=form)).status == 204
    ended = await sent_in("form", alice, V1, {"command": "FINALIZE", "media_id": media_id})
    assert ended.status == 200, ended.body
    assert ended.body["media_key"].startswith(prefix)


async def test_what_is_of_another_category_than_the_old_name_says_is_refused(alice: Person) -> None:
    for category in ("TweetVideo", "TweetGif"):
        fields = announced(pictures.photo("PNG"), "image/png", media_category=category)
        assert_problem(await sent_in("form", alice, V1, fields), 400, "image/png is no tweet_")


@pytest.mark.parametrize("way", ["query", "form"])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "a simple upload"),
        ({"command": "INIT", "media_type": "image/png"}, "INIT"),
        ({"command": "APPEND", "media_id": "7", "segment_index": "0"}, "APPEND"),
        ({"command": "FINALIZE"}, "FINALIZE"),
        ({"command": "STATUS", "media_id": "7"}, "STATUS"),
        ({"command": "FINALIZE", "colour": "red"}, "colour"),
        ({"command": "FINALIZE", "media_id": "seven"}, "media_id"),
        ({"command": "INIT", "media_type": "image/png", "total_bytes": "many"}, "total_bytes"),
    ],
)
async def test_what_a_command_lacks_is_said(
    alice: Person, way: str, fields: dict[str, str], said: str
) -> None:
    for path in (V1, V2):
        assert_problem(await sent_in(way, alice, path, fields), 400, said)


async def test_a_field_stands_in_the_query_or_in_the_form_and_not_beside_json(
    alice: Person, bob: Person
) -> None:
    taken = pictures.photo("PNG")
    fields = announced(taken, "image/png")
    twice = await alice.call("POST", f"{V2}?command=INIT", data=FormData(fields))
    assert_problem(twice, 400, "command")
    again = await alice.call("POST", f"{V2}?command=INIT&command=INIT")
    assert_problem(again, 400, "command")
    body: dict[str, Any] = {"media_type": "image/png", "total_bytes": len(taken)}
    beside = await alice.call("POST", f"{V2}?command=INIT", json=body)
    assert_problem(beside, 400, "query", "command")
    begun = await alice.call("POST", V2, json={"command": "INIT", **body})
    assert begun.status == 200, begun.body
    media_id = begun.data["id"]
    for reply in (
        await append(bob, media_id, 0, taken, "form"),
        await sent_in("query", bob, V2, {"command": "FINALIZE", "media_id": media_id}),
    ):
        assert_problem(reply, 404, media_id)
