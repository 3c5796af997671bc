"""Programs written for X that users let in, with nothing changed but the host."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import tweepy
import xdk
from oauthlib.oauth2 import InvalidGrantError
from xdk.oauth2_auth import OAuth2PKCEAuth
from xdk.posts.models import CreateRequest

from gateway.oauth2.apps import Apps
from projections.stores import Stores
from tests.gateway.letting_in import BACK, press
from tests.person import Person
from tests.x_clients import X_HOSTS, Redirected

SCOPES = ["tweet.read", "tweet.write", "users.read", "offline.access"]

README = Path(__file__).resolve().parents[2] / "README.md"
BIRDS = "https://birds.example/back"

kinds = pytest.mark.parametrize("confidential", [False, True])


async def come_back(person: Person, link: str) -> str:
    """Where the browser of a user ends who was sent to that link of X, and lets the program in."""
    asked = urlsplit(link)
    there = asked._replace(scheme="http", netloc=urlsplit(person.gateway).netloc)
    return (await press(person.token, there.geturl())).headers["Location"]


def client_of(person: Person, token: str) -> tweepy.Client:
    client = tweepy.Client(token)
    client.session.mount(X_HOSTS[0], Redirected(person.gateway))
    return client


@kinds
async def test_tweepy(alice: Person, stores: Stores, confidential: bool) -> None:
    apps = Apps(stores.postgres)
    app, secret = await apps.register("Birds", [BACK], confidential=confidential)
    handler = tweepy.OAuth2UserHandler(
        client_id=app.client_id, redirect_uri=BACK, scope=SCOPES, client_secret=secret
    )
    handler.mount(X_HOSTS[0], Redirected(alice.gateway))
    back = await come_back(alice, handler.get_authorization_url())
    token = await asyncio.to_thread(handler.fetch_token, back)
    assert set(token["scope"]) == set(SCOPES)

    client = client_of(alice, token["access_token"])
    me = await asyncio.to_thread(client.get_me, user_auth=False)
    assert str(me.data.id) == alice.id
    posted = await asyncio.to_thread(client.create_tweet, text="let in", user_auth=False)
    assert (await alice.lookup(posted.data["id"])).data["text"] == "let in"
    with pytest.raises(tweepy.Forbidden, match=r"bookmark\.read"):
        await asyncio.to_thread(client.get_bookmarks)

    def refresh() -> None:
        where = f"{X_HOSTS[0]}/2/oauth2/token"
        handler.refresh_token(where, auth=handler.auth, client_id=app.client_id)

    await asyncio.to_thread(refresh)
    assert handler.token["refresh_token"] != token["refresh_token"]
    client.session.close()
    client = client_of(alice, handler.token["access_token"])
    me = await asyncio.to_thread(client.get_me, user_auth=False)
    assert str(me.data.id) == alice.id
    client.session.close()
    handler.close()


async def test_the_log_in_in_the_readme(alice: Person, stores: Stores, tmp_path: Path) -> None:
    section = README.read_text().partition("## Programs written for X")[2]
    hello, log_in = (
        section.partition(heading)[2].partition("```python\n")[2].partition("```")[0]
        for heading in ("\n", "### Programs that log users in")
    )
    app, _ = await Apps(stores.postgres).register("Birds", [BIRDS], confidential=False)
    file = tmp_path / "log_in.py"
    file.write_text(f"{hello.partition('client =')[0]}\nCLIENT_ID, = KEYS\n{log_in}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, file, alice.gateway, app.client_id, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    async with asyncio.timeout(60):
        asked = await process.stdout.readuntil(b", and paste")
        link = asked.decode().removeprefix("Open ").removesuffix(", and paste")
        back = (await press(alice.token, link)).headers["Location"]
        said, _ = await process.communicate(f"{back}\n".encode())
    assert process.returncode == 0
    assert said.decode().rpartition(": ")[2].strip() == alice.username


async def test_tweepy_is_told_that_a_code_was_used(alice: Person, stores: Stores) -> None:
    app, _ = await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    with tweepy.OAuth2UserHandler(
        client_id=app.client_id, redirect_uri=BACK, scope=SCOPES
    ) as handler:
        handler.mount(X_HOSTS[0], Redirected(alice.gateway))
        back = await come_back(alice, handler.get_authorization_url())
        await asyncio.to_thread(handler.fetch_token, back)
        with pytest.raises(InvalidGrantError, match="used before"):
            await asyncio.to_thread(handler.fetch_token, back)


@kinds
async def test_xdk(
    alice: Person, stores: Stores, monkeypatch: pytest.MonkeyPatch, confidential: bool
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    apps = Apps(stores.postgres)
    app, secret = await apps.register("Birds", [BACK], confidential=confidential)
    auth = OAuth2PKCEAuth(
        base_url=alice.gateway,
        authorization_base_url=alice.gateway,
        client_id=app.client_id,
        client_secret=secret,
        redirect_uri=BACK,
        scope=SCOPES,
    )
    back = await come_back(alice, auth.get_authorization_url(state="s"))
    token = await asyncio.to_thread(auth.fetch_token, back)
    client = xdk.Client(base_url=alice.gateway, access_token=token["access_token"])
    posted = await asyncio.to_thread(client.posts.create, body=CreateRequest(text="let in"))
    assert (await alice.lookup(posted.data.id)).data["text"] == "let in"
    client.session.close()
    if not confidential:
        return  # xdk refreshes only with a secret
    fresh = await asyncio.to_thread(auth.refresh_token)
    assert fresh["refresh_token"] != token["refresh_token"]
    client = xdk.Client(base_url=alice.gateway, token=dict(fresh), client_id=app.client_id)
    me = await asyncio.to_thread(client.users.get_me)
    assert me.data.id == alice.id
    client.session.close()
