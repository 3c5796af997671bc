"""A Node program written for X with twitter-api-v2, where there is Node."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from gateway.oauth2.apps import Apps
from gateway.signing_keys import SigningKeys
from projections.stores import Stores
from tests.gateway.letting_in import BACK
from tests.person import Person
from tests.processes import within

PROGRAM = Path(__file__).resolve().parents[1] / "node"
SECONDS = 60.0

NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = pytest.mark.skipif(not (NODE and NPM), reason="there is no Node here")


async def run(*argv: str | None, folder: Path, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *filter(None, argv),
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with within(SECONDS, process):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.fixture(scope="session")
async def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program beside the packages of its lock file."""
    folder = Path(tmp_path_factory.mktemp("node")) / "program"
    shutil.copytree(PROGRAM, folder)
    await run(NPM, "ci", "--no-audit", "--no-fund", folder=folder)
    return folder


async def test_a_program_written_with_twitter_api_v2(
    program: Path, alice: Person, bob: Person
) -> None:
    said = await run(
        NODE,
        "program.js",
        folder=program,
        GATEWAY=alice.gateway,
        TOKEN=alice.token,
        FRIEND=bob.id,
    )
    assert json.loads(said) == {
        "me": alice.username,
        "rules": ["ours"],
        "sameId": True,
        "streamed": [True, "ours"],
        "liked": True,
        "retweeted": True,
        "bookmarked": True,
        "following": True,
        "muting": True,
        "unmuted": False,
        "followsList": True,
        "pinned": True,
        "followedLists": [True],
        "listFollowers": [True],
        "pinnedLists": [True],
        "unpinned": False,
        "unfollowedList": False,
        "metrics": [1, 1, 1, 1],
        "text": True,
        "conversation": True,
        "likers": [True],
        "likes": [True],
        "quotes": [True],
        "bookmarks": [True],
        "marked": [True, True],
        "found": True,
        "counted": True,
        "foundAll": True,
        "countedAll": True,
        "paged": [9, 9, True],
        "listed": [True, True],
        "media": [["photo", 1]],
        "deleted": True,
        "unliked": False,
        "unfollowed": False,
        "error": 400,
    }


async def test_a_program_that_signs(program: Path, alice: Person, keys: SigningKeys) -> None:
    said = await run(
        NODE,
        "signed.js",
        folder=program,
        GATEWAY=alice.gateway,
        APP_KEY=keys.consumer_key,
        APP_SECRET=keys.consumer_secret,
        ACCESS_TOKEN=keys.access_token,
        ACCESS_SECRET=keys.access_token_secret,
    )
    assert json.loads(said) == {
        "me": alice.username,
        "sameMe": True,
        "text": True,
        "author": True,
        "liked": True,
        "found": 0,
        "photos": True,
        "deleted": True,
        "app": True,
        "forged": 401,
    }


@pytest.mark.parametrize("confidential", [False, True])
async def test_a_program_that_is_let_in(
    program: Path, alice: Person, stores: Stores, confidential: bool
) -> None:
    app, secret = await Apps(stores.postgres).register("Birds", [BACK], confidential=confidential)
    said = await run(
        NODE,
        "oauth2.js",
        folder=program,
        GATEWAY=alice.gateway,
        TOKEN=alice.token,
        BACK=BACK,
        CLIENT_ID=app.client_id,
        CLIENT_SECRET=secret or "",
    )
    assert json.loads(said) == {
        "asked": True,
        "state": True,
        "lasts": 7_200,
        "scope": True,
        "me": alice.username,
        "rotated": True,
        "deleted": True,
        "lacks": 403,
        "again": "invalid_grant",
        "ended": 400,
        "revoked": True,
        "gone": 400,
    }
