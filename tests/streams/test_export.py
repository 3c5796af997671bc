"""All that is held on a person, and nothing of anybody else."""

import itertools
import json
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from msgspec import UNSET

from events.log import Log
from gateway.media.desk import name_of
from gateway.media.folder import Folder
from gateway.media.rows import Upload
from gateway.oauth2.apps import Apps
from gateway.signing_keys import SigningKeys
from projections.stores import Stores
from schemas.events import FollowRequested
from streams.export.archive import write
from streams.export.deeds import deeds
from streams.export.gathering import Holdings
from streams.export.page import page as page_of
from streams.export.spans import KINDS
from streams.export.texts import Said, say
from tests.contract.history import ANN, BOB, CAI, DAN, history
from tests.gateway.letting_in import BACK, Program
from tests.letters import write_off
from tests.media import pictures
from tests.media.test_uploads import upload
from tests.person import Person
from tests.projections.memory_log import answered, edited, followed, posted, to_target, unfollowed
from tests.streams.test_cli import Birdlog, birdlog

__all__ = ["birdlog"]

KEYS = ("3_kestrel", "3_wren")
EVIL = '<script>alert("x")</script> & more'


async def test_what_a_person_said_and_did(
    birdlog: Birdlog,
    log: Log,
    stores: Stores,
    alice: Person,
    bob: Person,
    keys: SigningKeys,
    tmp_path: Path,
) -> None:
    await alice.change_profile(description=EVIL)
    tweet = await alice.tweet(EVIL)
    gone = await alice.tweet("Gone")
    await alice.edit(tweet, f"{EVIL}!")
    await alice.delete(gone)
    photo = (await upload(alice, pictures.photo("JPEG"))).data
    media = {"media_ids": [photo["id"]]}
    shown = (await alice.call("POST", "/2/tweets", json={"media": media})).data["id"]
    bob.has_seen(alice)
    by_bob = await bob.tweet("Of bob")
    await bob.follow(alice)
    await bob.reply(tweet, "An answer by bob")
    await alice.follow(bob)
    await alice.call("POST", f"/2/users/{alice.id}/likes", json={"tweet_id": by_bob})
    await alice.call("DELETE", f"/2/users/{alice.id}/likes/{by_bob}")
    await alice.mute(bob)

    app, _ = await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    given = await Program(alice.gateway, app, None).log_in(alice)

    newer = {"type": "ProfileEaten", "actor": alice.id, "event_id": str(2**62)}
    eaten = json.dumps(newer).encode()
    await write_off(log, await log.append_bytes("users", alice.id.encode(), eaten))

    file = tmp_path / "alice.zip"
    done = await birdlog("export", alice.username, "-o", file)
    assert done.code == 0, done.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with ZipFile(file) as archive:
        held: dict[str, Any] = {
            Path(name).stem: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.endswith(".json")
        }
        page = archive.read("index.html").decode()
        photos = [name for name in archive.namelist() if name.startswith("media/")]
        assert [archive.read(name)[:2] for name in photos] == [b"\xff\xd8"]
        everything = b"".join(archive.read(name) for name in archive.namelist())

    assert (held["account"]["id"], held["account"]["description"]) == (alice.id, EVIL)
    assert len(held["account"]["tokens"]) == len(held["account"]["signing_keys"]) == 1
    (program,) = held["account"]["programs"]
    assert (program["name"], program["scope"]) == ("Birds", given["scope"])
    secret = (
        given["access_token"],
        given["refresh_token"],
        alice.token,
        keys.consumer_secret,
        keys.access_token_secret,
        "hash",
        "argon2",
    )
    for hidden in (*map(str.encode, secret), b"An answer by bob", b"Of bob"):
        assert hidden not in everything
    by_id = {one["id"]: one for one in held["tweets"]}
    assert list(by_id) == [tweet, gone, shown]
    assert [version["text"] for version in by_id[tweet]["versions"]] == [EVIL, f"{EVIL}!"]
    assert ["deleted_at" in one for one in held["tweets"]] == [False, True, False]
    assert [one["id"] for one in held["follows"] + held["mutes"]] == [bob.id, bob.id]
    assert [(one["id"], "until" in one) for one in held["likes"]] == [(by_bob, True)]
    assert {fact["event"]["actor"] for fact in held["facts"]} == {alice.id}
    assert held["facts"][0]["event"]["type"] == "UserRegistered"
    assert held["facts"][-1]["event"] == newer

    assert "name: Birds, scope: tweet.read" in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more!" in page
    assert f'<img src="{photos[0]}"' in page
    assert f"<tr><td>{Path(photos[0]).stem}<td>{photos[0]}" in page
    assert "description: &lt;script&gt;" in page

    again = await birdlog("export", alice.username, "-o", file)
    assert "already" in again.complaint
    nobody = await birdlog("export", "nobody_at_all", "-o", tmp_path / "none.zip")
    assert nobody.complaint == "there is no user nobody_at_all"
    assert not (tmp_path / "none.zip").exists()


def test_wordings_stand_in_the_order_of_their_ids_whatever_that_of_the_log() -> None:
    said: dict[int, Said] = {}
    for event in (posted(100, ANN), edited(100, ANN, 120), edited(100, ANN, 110)):
        say(said, {}, event)
    assert [wording.id for wording in said[100].versions] == ["100", "110", "120"]


def test_what_lasts_in_the_end() -> None:
    events = list(itertools.chain.from_iterable(history(0)))
    lasting = {
        user: {
            kind: len([span for span in spans if span.until is UNSET])
            for kind, spans in deeds(user, events).spans.of.items()
        }
        for user in (ANN, BOB, CAI, DAN)
    }
    nothing = dict.fromkeys(KINDS, 0)
    assert lasting == {
        ANN: nothing
        | {"follows": 2, "likes": 1, "retweets": 1, "bookmarks": 1, "followed_lists": 2},
        BOB: nothing | {"likes": 1, "retweets": 1, "followed_lists": 1, "pinned_lists": 1},
        CAI: nothing | {"follows": 2, "likes": 1, "followed_lists": 1, "pinned_lists": 1},
        DAN: nothing
        | {"follows": 1, "likes": 2, "blocks": 1, "followed_lists": 2, "pinned_lists": 2},
    }
    kept = deeds(BOB, events).lists.values()
    assert [(one.name, one.members, one.private) for one in kept] == [("open", [str(DAN)], False)]
    assert [one["option"] for one in deeds(CAI, events).votes.values()] == [2]


def test_who_asks_to_follow_and_does_already_waits_for_no_answer() -> None:
    again = [followed(ANN, BOB), to_target(FollowRequested, ANN, BOB)]
    spans = deeds(ANN, again).spans.of
    assert [span.until for span in spans["follows"]] == [UNSET]
    assert not spans["follow_requests"]
    anew = [*again, unfollowed(ANN, BOB), to_target(FollowRequested, ANN, BOB), answered(BOB, ANN)]
    spans = deeds(ANN, anew).spans.of
    assert [span.until is UNSET for span in spans["follows"]] == [False, True]
    assert [span.until is UNSET for span in spans["follow_requests"]] == [False]


def test_the_page_leaves_nothing_out() -> None:
    events = list(itertools.chain.from_iterable(history(0)))
    hidden = read = 0
    for user in (ANN, BOB, CAI, DAN):
        done = deeds(user, events)
        shown = page_of(Holdings({"username": "someone"}, done, [], []), {})
        for one in done.hidden_replies:
            assert f"<tr><td>{one['tweet_id']}<td>" in shown
        for one in done.notifications_read:
            assert f"up to {one['until']}" in shown
        hidden, read = hidden + len(done.hidden_replies), read + len(done.notifications_read)
    assert hidden > 0 < read


def test_an_account_is_shown_in_words() -> None:
    made = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    account = {
        "username": "ann",
        "pinned": None,
        "protected": False,
        "tokens": [{"created_at": made}, {"created_at": made + timedelta(days=1)}],
        "stream_rules": [{"value": "<owls>", "tag": None}],
    }
    shown = page_of(Holdings(account, deeds(ANN, []), [], []), {})
    rows = shown.split("<h2>Account</h2>")[1].split("</table>")[0].splitlines()[2:]
    assert rows == [
        "<tr><td>username<td>ann",
        "<tr><td>pinned<td>none",
        "<tr><td>protected<td>no",
        "<tr><td>tokens<td>created_at: 2026-03-01 12:30:00+00:00",
        "<tr><td>tokens<td>created_at: 2026-03-02 12:30:00+00:00",
        "<tr><td>stream_rules<td>value: &lt;owls&gt;, tag: none",
    ]


class Watched(Folder):
    """Calls `happens` whenever something is to be read."""

    def __init__(self, root: Path, happens: Callable[[Path], object]) -> None:
        super().__init__(root)
        self._place = root
        self._happens = happens

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        self._happens(self._place / name)
        async for chunk in super().read(name, start, end):
            yield chunk


@pytest.fixture
def held(tmp_path: Path) -> Holdings:
    """Two photos, whose bytes are in the folder `kept`."""
    uploads = [
        Upload(
            media_id=number, media_key=key, owner=ANN, type="photo", content_type="image/png",
            total_bytes=3, ready=True, seconds_left=0, expires_at=0, size=3, width=1, height=1,
            duration_ms=0, alt_text="",
        )
        for number, key in enumerate(KEYS)
    ]  # fmt: skip
    for key in KEYS:
        photo = tmp_path / "kept" / name_of(key)
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(b"png")
    return Holdings({"username": "ann"}, deeds(ANN, []), [], uploads)


async def test_a_photo_that_is_erased_meanwhile_is_left_out(held: Holdings, tmp_path: Path) -> None:
    def erase(read: Path) -> None:
        if read.name == KEYS[0]:
            read.unlink()

    names = await write(held, Watched(tmp_path / "kept", erase), tmp_path / "ann.zip")
    assert [name for name in names if name.startswith("media/")] == [f"media/{KEYS[1]}.png"]


async def test_a_file_has_its_name_once_it_is_whole(held: Holdings, tmp_path: Path) -> None:
    file, there = tmp_path / "out" / "ann.zip", list[bool]()
    file.parent.mkdir()
    media = Watched(tmp_path / "kept", lambda _: there.append(file.exists()))
    await write(held, media, file)
    assert there == [False, False]
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with ZipFile(file) as archive:
        assert archive.testzip() is None


async def test_a_file_that_came_meanwhile_stays(held: Holdings, tmp_path: Path) -> None:
    file = tmp_path / "out" / "ann.zip"
    file.parent.mkdir()
    media = Watched(tmp_path / "kept", lambda _: file.write_bytes(b"theirs"))
    with pytest.raises(FileExistsError):
        await write(held, media, file)
    assert [(one, one.read_bytes()) for one in file.parent.iterdir()] == [(file, b"theirs")]
