"""Programs written for X that sign, with nothing changed but the host and the keys."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from aiohttp import ClientSession, ClientTimeout
from msgspec.structs import astuple, replace
from tweepy.asynchronous import AsyncClient
from yarl import URL

from gateway.signing_keys import SigningKeys
from tests.gateway.test_marks_of_x_clients import settled
from tests.gateway.test_search import found, fresh_word
from tests.gateway.test_x_clients import counted, gone, seen
from tests.media import pictures
from tests.person import Person
from tests.processes import within
from tests.x_clients import X_HOSTS, Redirected, Tweepy

README = Path(__file__).resolve().parents[2] / "README.md"

pytestmark = [
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated"),
]


@pytest.fixture
def signing(alice: Person, keys: SigningKeys) -> Iterator[Tweepy]:
    client = Tweepy(alice, keys)
    yield client
    client.close()


def api_of(gateway: str, auth: Any) -> tweepy.API:
    api = tweepy.API(auth)
    for host in X_HOSTS:
        api.session.mount(host, Redirected(gateway))
    return api


@pytest.fixture
def api(alice: Person, keys: SigningKeys) -> tweepy.API:
    return api_of(
        alice.gateway,
        tweepy.OAuth1UserHandler(
            keys.consumer_key,
            keys.consumer_secret,
            keys.access_token,
            keys.access_token_secret,
        ),
    )


async def indexed(person: Person, word: str) -> None:
    async with asyncio.timeout(60):
        while not await found(person, word):
            await asyncio.sleep(0.01)


async def test_tweepy_does_as_ever(alice: Person, bob: Person, signing: Tweepy) -> None:
    me = await signing("get_me", user_fields=["created_at", "public_metrics"])
    assert (str(me.data.id), me.data.username) == (alice.id, alice.username)
    word = fresh_word()
    posted = await signing("create_tweet", text=f"{word}: signed & + 100% «ü» #tweepy")
    tweet_id = posted.data["id"]
    assert (await signing("like", tweet_id)).data == {"liked": True}
    assert (await signing("retweet", tweet_id)).data["retweeted"] is True
    assert (await signing("follow_user", bob.id)).data["following"] is True
    await seen(alice, tweet_id)
    home = await signing("get_home_timeline", max_results=5, tweet_fields=["created_at"])
    assert tweet_id in [str(tweet.id) for tweet in home.data]
    await indexed(alice, word)
    search = await signing(
        "search_recent_tweets",
        f"{word} #tweepy -is:retweet",
        max_results=10,
        start_time=datetime.now(UTC) - timedelta(hours=1),
        user_auth=True,
    )
    assert [str(tweet.id) for tweet in search.data] == [tweet_id]
    await settled(alice, tweet_id)
    liked = await signing("get_liked_tweets", alice.id, user_auth=True)
    assert [str(tweet.id) for tweet in liked.data] == [tweet_id]
    assert (await signing("unlike", tweet_id)).data == {"liked": False}
    assert (await signing("delete_tweet", tweet_id)).data == {"deleted": True}
    await gone(alice, tweet_id)


async def test_the_program_in_the_readme_runs(
    alice: Person, keys: SigningKeys, tmp_path: Path
) -> None:
    section = README.read_text().partition("## Programs written for X")[2]
    program = tmp_path / "hello.py"
    program.write_text(section.partition("```python\n")[2].partition("```")[0])
    _, *four = astuple(keys)
    running = await asyncio.create_subprocess_exec(
        sys.executable, program, alice.gateway, *four, stdout=asyncio.subprocess.PIPE
    )
    async with within(60, running):
        said, _ = await running.communicate()
    assert running.returncode == 0
    tweet_id = said.decode().partition(" ")[0]
    await seen(alice, tweet_id)
    assert (await alice.lookup(tweet_id)).data["text"] == "Hello from tweepy"


async def test_tweepy_pages(alice: Person, signing: Tweepy) -> None:
    posted = [await alice.tweet(f"Wagtail {n}") for n in range(5)]
    await seen(alice, posted[-1])
    pages = await signing.pages("get_home_timeline", max_results=2)
    assert [str(tweet.id) for page in pages for tweet in page] == posted[::-1]


async def test_tweepy_raises_what_it_raises_for_x(alice: Person, keys: SigningKeys) -> None:
    client = Tweepy(alice, replace(keys, access_token_secret="guessed"))
    with pytest.raises(tweepy.Unauthorized, match="oauth_signature"):
        await client("create_tweet", text="Nobody's")
    client.close()


async def test_tweepy_verifies_its_credentials(alice: Person, api: tweepy.API) -> None:
    await alice.change_profile(description="Birds", location="Ghent", url="https://example.org")
    await alice.tweet("Counted")
    await counted(alice, posts=1)
    user = await asyncio.to_thread(
        api.verify_credentials, include_email=True, skip_status=True, include_entities=False
    )
    assert (user.id, user.id_str) == (int(alice.id), alice.id)
    assert (user.screen_name, user.name) == (alice.username, "Alice")
    assert (user.description, user.location, user.url) == ("Birds", "Ghent", "https://example.org")
    assert (user.statuses_count, user.followers_count, user.friends_count) == (1, 0, 0)
    me = (await alice.call("GET", "/2/users/me", params={"user.fields": "created_at"})).data
    assert user.created_at.isoformat() == me["created_at"][:19] + "+00:00"
    assert (user.protected, user.verified, user.following) == (False, False, False)
    assert not hasattr(user, "email")
    with pytest.raises(tweepy.BadRequest, match="unknown field `birds`"):
        await asyncio.to_thread(api.verify_credentials, birds=1)


async def test_tweepy_uploads_and_posts_photos_and_videos(
    alice: Person, api: tweepy.API, signing: Tweepy
) -> None:
    photo = BytesIO(pictures.photo("JPEG"))
    video = BytesIO(pictures.video(payload=bytes(3_000_000)))
    uploaded = [
        await asyncio.to_thread(api.media_upload, "lark.jpg", file=photo),
        await asyncio.to_thread(
            api.media_upload, "lark.mp4", file=video, media_category="tweet_video"
        ),
    ]
    await asyncio.to_thread(api.create_media_metadata, uploaded[0].media_id, "A lark")
    status = await asyncio.to_thread(api.get_media_upload_status, uploaded[1].media_id)
    assert status.processing_info["state"] == "succeeded"
    for media in uploaded:
        created = await signing("create_tweet", text="A lark", media_ids=[media.media_id])
        await seen(alice, created.data["id"])


class ToGateway:
    """A session of aiohttp that sends what is meant for X to the gateway."""

    def __init__(self, session: ClientSession, gateway: str) -> None:
        self._session = session
        self._gateway = URL(gateway)

    def request(self, method: str, url: URL | str, **more: Any) -> Any:
        to = self._gateway
        url = URL(url).with_scheme("http").with_host(str(to.host)).with_port(to.port)
        return self._session.request(method, url, **more)


@pytest.fixture
async def asynchronous(alice: Person, keys: SigningKeys) -> AsyncIterator[AsyncClient]:
    client = AsyncClient(
        consumer_key=keys.consumer_key,
        consumer_secret=keys.consumer_secret,
        access_token=keys.access_token,
        access_token_secret=keys.access_token_secret,
    )
    async with ClientSession(timeout=ClientTimeout(30)) as session:
        client.session = ToGateway(session, alice.gateway)
        yield client


async def test_tweepys_asynchronous_client(alice: Person, asynchronous: AsyncClient) -> None:
    me = await asynchronous.get_me(user_fields=["created_at", "public_metrics"])
    assert str(me.data.id) == alice.id
    word = fresh_word()
    posted = await asynchronous.create_tweet(text=f"{word}: signed & + 100% «ü»")
    tweet_id = posted.data["id"]
    assert (await asynchronous.like(tweet_id)).data == {"liked": True}
    await seen(alice, tweet_id)
    home = await asynchronous.get_home_timeline(start_time="2026-01-01T00:00:00Z")
    assert [str(tweet.id) for tweet in home.data] == [tweet_id]
    await indexed(alice, word)
    search = await asynchronous.search_recent_tweets(f"{word} -is:retweet", user_auth=True)
    assert [str(tweet.id) for tweet in search.data] == [tweet_id]
    assert (await asynchronous.delete_tweet(tweet_id)).data == {"deleted": True}


async def test_tweepy_logs_in_as_an_app(
    alice: Person, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    with requests.Session() as session:
        session.mount(X_HOSTS[0], Redirected(alice.gateway))
        monkeypatch.setattr(requests, "post", session.post)
        auth = await asyncio.to_thread(
            tweepy.OAuth2AppHandler, keys.consumer_key, keys.consumer_secret
        )
        with pytest.raises(tweepy.TweepyException, match="token_type"):
            await asyncio.to_thread(tweepy.OAuth2AppHandler, keys.consumer_key, "guessed")
    user = await asyncio.to_thread(api_of(alice.gateway, auth).verify_credentials)
    assert user.id_str == alice.id
