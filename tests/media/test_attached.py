"""Media and polls in tweets."""

from typing import Any

import pytest

from gateway.media.objects_shown import media_object
from projections.stores import Stores
from schemas.api.media import Variant
from schemas.media import Media
from tests.gateway.problems import assert_problem
from tests.media import pictures
from tests.media.test_uploads import append, finalize, initialize, upload
from tests.person import Person, Reply

SHOWN = {
    "tweet.fields": "attachments",
    "expansions": "attachments.media_keys",
    "media.fields": "url,width,height,duration_ms,alt_text,variants,preview_image_url",
}
VARIANTS = {"media.fields": "variants"}


async def uploaded(person: Person, data: bytes, **more: Any) -> Reply:
    reply = await upload(person, data, **more)
    assert reply.status == 200, reply.body
    return reply


async def post(person: Person, *media_ids: str, **more: Any) -> Reply:
    body = {"media": {"media_ids": list(media_ids)}, **more}
    return await person.call("POST", "/2/tweets", json=body)


async def test_photos_are_shown_with_the_tweet(alice: Person, bob: Person) -> None:
    photos = [(await uploaded(alice, pictures.photo(k))).data for k in ("JPEG", "PNG", "WEBP")]
    described = {"id": photos[0]["id"], "metadata": {"alt_text": {"text": "A lark"}}}
    assert (await alice.call("POST", "/2/media/metadata", json=described)).status == 200
    posted = await post(alice, *(photo["id"] for photo in photos), text="Three larks")
    assert posted.status == 201, posted.body
    bob.has_seen(alice)
    found = await bob.lookup(posted.data["id"], **SHOWN)
    keys = [photo["media_key"] for photo in photos]
    assert found.data["attachments"] == {"media_keys": keys}
    media = found.body["includes"]["media"]
    assert [each["media_key"] for each in media] == keys
    assert media[0] == {
        "media_key": keys[0],
        "type": "photo",
        "url": f"{alice.gateway}/media/{keys[0]}",
        "width": 64,
        "height": 48,
        "alt_text": "A lark",
    }
    assert (await bob.fetch(media[0]["url"].removeprefix(bob.gateway))).status == 200
    plain = await bob.lookup(posted.data["id"])
    assert "attachments" not in plain.data
    by_key = await bob.call("GET", f"/2/media/{keys[0]}", params={"media.fields": "alt_text"})
    assert by_key.data == {"media_key": keys[0], "type": "photo", "alt_text": "A lark"}
    several = await bob.call("GET", "/2/media", params={"media_keys": f"{keys[1]},3_7"})
    assert [each["media_key"] for each in several.data] == [keys[1]]
    assert [error["value"] for error in several.body["errors"]] == ["3_7"]


@pytest.mark.parametrize("metadata", [{"alt_text": {"text": "An owl"}}, {}])
async def test_what_is_in_a_tweet_is_not_described_any_more(
    alice: Person, metadata: dict[str, Any]
) -> None:
    photo = (await uploaded(alice, pictures.photo("PNG"))).data
    described = {"id": photo["id"], "metadata": {"alt_text": {"text": "A lark"}}}
    assert (await alice.call("POST", "/2/media/metadata", json=described)).status == 200
    assert (await post(alice, photo["id"])).status == 201
    later = {"id": photo["id"], "metadata": metadata}
    assert_problem(await alice.call("POST", "/2/media/metadata", json=later), 404, photo["id"])
    legacy = {"media_id": photo["id"], "alt_text": {"text": "An owl"}}
    v1 = await alice.call("POST", "/1.1/media/metadata/create.json", json=legacy)
    assert_problem(v1, 404, photo["id"])
    path = f"/2/media/{photo['media_key']}"
    shown = await alice.call("GET", path, params={"media.fields": "alt_text"})
    assert shown.data["alt_text"] == "A lark"


async def test_who_is_tagged_is_taken_and_left_out(alice: Person, bob: Person) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data["id"]
    media = {"media_ids": [photo], "tagged_user_ids": ["bob"]}
    assert_problem(
        await alice.call("POST", "/2/tweets", json={"media": media}), 400, "tagged_user_ids"
    )
    media["tagged_user_ids"] = [bob.id]
    posted = await alice.call("POST", "/2/tweets", json={"media": media})
    assert posted.status == 201, posted.body
    shown = (await alice.lookup(posted.data["id"], **SHOWN)).data
    assert len(shown["attachments"]["media_keys"]) == 1


async def test_a_video_needs_no_text(alice: Person) -> None:
    video = (await uploaded(alice, pictures.video())).data
    posted = await post(alice, video["id"])
    assert (posted.status, posted.data["text"]) == (201, "")
    media = (await alice.lookup(posted.data["id"], **SHOWN)).body["includes"]["media"]
    url = f"{alice.gateway}/media/{video['media_key']}"
    bit_rate = video["size"] * 8 * 1_000 // 2_500
    assert media == [
        {
            "media_key": video["media_key"],
            "type": "video",
            "width": 640,
            "height": 360,
            "duration_ms": 2_500,
            "variants": [{"content_type": "video/mp4", "url": url, "bit_rate": bit_rate}],
        }
    ]
    shown = await alice.call("GET", f"/2/media/{video['media_key']}", params=VARIANTS)
    assert shown.data["variants"] == media[0]["variants"]


def test_of_media_in_events_from_before_their_sizes_no_bit_rate_is_said() -> None:
    for known in (Media("7_1", "video", duration_ms=2_500), Media("7_1", "video", size=5_000)):
        shown = media_object(known, frozenset({"variants"}), "http://gateway")
        assert shown.variants == [Variant("", "http://gateway/media/7_1")]


async def test_a_gif_and_a_reply_with_a_photo(alice: Person) -> None:
    gif = (await uploaded(alice, pictures.gif())).data
    posted = await post(alice, gif["id"], text="Round and round")
    shown = (await alice.lookup(posted.data["id"], **SHOWN)).body["includes"]["media"][0]
    assert shown["type"] == "animated_gif"
    assert shown["preview_image_url"] == shown["variants"][0]["url"]
    assert shown["variants"][0]["bit_rate"] == 0
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    reply = {"in_reply_to_tweet_id": posted.data["id"]}
    answered = await post(alice, photo["id"], text="Still", reply=reply)
    found = await alice.lookup(answered.data["id"], **SHOWN)
    assert found.data["attachments"]["media_keys"] == [photo["media_key"]]


async def test_what_cannot_be_attached(alice: Person, bob: Person, stores: Stores) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data["id"]
    other = (await uploaded(alice, pictures.photo("PNG"))).data["id"]
    gif = (await uploaded(alice, pictures.gif())).data["id"]
    theirs = (await uploaded(bob, pictures.photo("JPEG"))).data["id"]
    unfinished = await initialize(alice, b"x", "image/png")
    expired = (await uploaded(alice, pictures.photo("JPEG"))).data["id"]
    await stores.postgres.execute(
        "UPDATE media SET expires_at = now() WHERE media_id = $1", int(expired)
    )
    for media_ids in ([theirs], [unfinished], [expired], ["7"], [photo, gif], [photo, photo], []):
        reply = await post(alice, *media_ids, text="x")
        assert (reply.status, "media_ids" in reply.body["detail"]) == (400, True), media_ids
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    assert (await post(alice, photo, text="x", poll=poll)).status == 400
    assert (await post(alice, photo, text="x" * 281)).status == 400
    assert (await post(alice, photo, other, text="")).status == 201


async def test_media_go_with_the_last_tweet_that_has_them(alice: Person) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    first = await post(alice, photo["id"], text="Once")
    second = await post(alice, photo["id"], text="Twice")
    path = f"/media/{photo['media_key']}"
    assert (await alice.delete(first.data["id"])).status == 200
    assert (await alice.fetch(path)).status == 200
    assert (await alice.delete(second.data["id"])).status == 200
    assert (await alice.fetch(path)).status == 404
    assert (await post(alice, photo["id"], text="Again")).status == 400


async def test_a_retry_attaches_once(alice: Person) -> None:
    photo = (await uploaded(alice, pictures.photo("JPEG"))).data
    body = {"text": "Once", "media": {"media_ids": [photo["id"]]}}
    key = {"Idempotency-Key": photo["id"]}
    first = await alice.call("POST", "/2/tweets", json=body, headers=key)
    again = await alice.call("POST", "/2/tweets", json=body, headers=key)
    assert first.data == again.data
    assert (await alice.delete(first.data["id"])).status == 200
    assert (await alice.fetch(f"/media/{photo['media_key']}")).status == 404


async def test_an_edit_keeps_the_media(alice: Person) -> None:
    media_id = await initialize(alice, taken := pictures.photo("PNG"), "image/png")
    await append(alice, media_id, 0, taken)
    key = (await finalize(alice, media_id)).data["media_key"]
    posted = await post(alice, media_id, text="Lrak")
    assert (await alice.edit(posted.data["id"], "Lark")).status == 201
    found = await alice.lookup(posted.data["id"], **SHOWN)
    assert (found.data["text"], found.data["attachments"]) == ("Lark", {"media_keys": [key]})


async def test_a_poll(alice: Person) -> None:
    poll = {"options": ["Lark", "Pipit"], "duration_minutes": 60}
    tweet_id = await alice.tweet("Which?", poll=poll)
    found = await alice.lookup(tweet_id, **{"tweet.fields": "attachments"})
    assert found.data["attachments"] == {"poll_ids": [tweet_id]}


@pytest.mark.parametrize(
    ("options", "minutes"),
    [
        (["one"], 60),
        (["1", "2", "3", "4", "5"], 60),
        (["", "2"], 60),
        ([" ", "2"], 60),
        (["x" * 26, "2"], 60),
        (["1", "2"], 4),
        (["1", "2"], 10_081),
    ],
)
async def test_polls_that_cannot_be(alice: Person, options: list[str], minutes: int) -> None:
    body = {"text": "Which?", "poll": {"options": options, "duration_minutes": minutes}}
    assert (await alice.call("POST", "/2/tweets", json=body)).status == 400


async def test_a_poll_needs_a_text_and_nothing_beside_it(alice: Person) -> None:
    poll = {"options": ["x" * 25, "ä" * 25], "duration_minutes": 10_080}
    assert (await alice.call("POST", "/2/tweets", json={"poll": poll})).status == 400
    tweet_id = await alice.tweet("Which?", poll=poll)
    quote = {"text": "x", "poll": poll, "quote_tweet_id": tweet_id}
    assert (await alice.call("POST", "/2/tweets", json=quote)).status == 400
    change = {"text": "x", "poll": poll, "edit_options": {"previous_post_id": tweet_id}}
    assert (await alice.call("POST", "/2/tweets", json=change)).status == 400
