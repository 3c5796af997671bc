"""The bytes over HTTP: whole, in parts, cached, and harmless in a browser."""

from pathlib import Path

import pytest
from aiohttp import ClientError

from events.logs import JsonLines
from schemas.servers import Servers
from tests.media import pictures
from tests.media.test_uploads import upload
from tests.person import Person


async def kept(person: Person, data: bytes) -> str:
    reply = await upload(person, data)
    assert reply.status == 200, reply.body
    return f"/media/{reply.data['media_key']}"


async def test_whole_and_harmless(alice: Person) -> None:
    taken = pictures.photo("PNG", metadata=False)
    path = await kept(alice, taken)
    found = await alice.fetch(path)
    assert (found.status, found.body) == (200, taken)
    assert found.headers["Content-Type"] == "image/png"
    assert found.headers["Content-Length"] == str(len(taken))
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found.headers["Content-Security-Policy"]
    assert "immutable" in found.headers["Cache-Control"]
    assert found.headers["Accept-Ranges"] == "bytes"
    head = await alice.fetch(path, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(taken))


async def test_what_the_browser_has_is_not_sent_again(alice: Person) -> None:
    path = await kept(alice, pictures.photo("PNG"))
    tag = (await alice.fetch(path)).headers["ETag"]
    again = await alice.fetch(path, **{"If-None-Match": tag})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert (await alice.fetch(path, **{"If-None-Match": '"other"'})).status == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, None),
        ("bytes=10-19", 10, 20),
        ("bytes=50-99999999", 50, None),
        ("bytes=-5", -5, None),
    ],
)
async def test_parts(alice: Person, asked: str, start: int, end: int | None) -> None:
    taken = pictures.photo("PNG", metadata=False)
    path = await kept(alice, taken)
    found = await alice.fetch(path, Range=asked)
    part = taken[start:end]
    first = start if start >= 0 else len(taken) + start
    assert (found.status, found.body) == (206, part)
    expected = f"bytes {first}-{first + len(part) - 1}/{len(taken)}"
    assert found.headers["Content-Range"] == expected
    assert found.headers["Content-Length"] == str(len(part))


async def test_parts_that_are_not_there(alice: Person) -> None:
    taken = pictures.photo("PNG", metadata=False)
    path = await kept(alice, taken)
    for beyond in (f"bytes={len(taken)}-", "bytes=-0", "Bytes=-0"):
        found = await alice.fetch(path, Range=beyond)
        assert (found.status, found.headers["Content-Range"]) == (416, f"bytes */{len(taken)}")
    for nonsense in ("lines=1-2", "bytes=9-3", "bytes=x", "bytes=0-1,5-6"):
        assert (await alice.fetch(path, Range=nonsense)).body == taken
    stale = await alice.fetch(path, **{"Range": "bytes=0-0", "If-Range": '"other"'})
    assert (stale.status, stale.body) == (200, taken)


async def test_for_a_head_there_are_no_parts(alice: Person) -> None:
    taken = pictures.photo("PNG", metadata=False)
    path = await kept(alice, taken)
    for asked in ("bytes=0-4", f"bytes={len(taken)}-"):
        head = await alice.fetch(path, method="HEAD", Range=asked)
        assert (head.status, head.headers["Content-Length"]) == (200, str(len(taken)))
        assert "Content-Range" not in head.headers


async def test_a_long_video_in_parts_of_a_size_that_crosses_chunks(alice: Person) -> None:
    payload = bytes(range(256)) * 4_000
    taken = pictures.video(payload=payload)
    path = await kept(alice, taken)
    at = taken.find(payload)
    found = await alice.fetch(path, Range=f"bytes={at + 100_000}-{at + 799_999}")
    assert found.body == payload[100_000:800_000]


@pytest.mark.parametrize("key", ["3_7", "nothing", "..%2F..%2Fetc%2Fpasswd", "3_7%00", "x" * 5_000])
async def test_keys_that_are_none(alice: Person, key: str) -> None:
    assert (await alice.fetch(f"/media/{key}")).status == 404


async def test_what_is_not_finished_is_not_served(alice: Person) -> None:
    body = {"media_type": "image/png", "total_bytes": 10}
    begun = await alice.call("POST", "/2/media/upload/initialize", json=body)
    assert (await alice.fetch(f"/media/{begun.data['media_key']}")).status == 404


async def test_bytes_that_the_store_has_lost(alice: Person, servers: Servers) -> None:
    path = await kept(alice, pictures.photo("PNG"))
    (Path(servers.media) / path.removeprefix("/")).unlink()
    assert (await alice.fetch(path)).status == 404


async def test_bytes_of_which_the_store_has_lost_some(
    alice: Person, servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, but not the key: whoever has that sees the photo."""
    path = await kept(alice, pictures.photo("PNG"))
    (Path(servers.media) / path.removeprefix("/")).write_bytes(b"\x89PNG")
    with pytest.raises(ClientError):
        await alice.fetch(path)
    told = "\n".join(map(JsonLines().format, caplog.records))
    assert f"{path[:13]}... broken off" in told
    assert path.removeprefix("/media/") not in told
