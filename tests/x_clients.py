"""Clients of X, pointed here with nothing changed but the host."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import tweepy
import xdk
from requests.adapters import HTTPAdapter

from gateway.signing_keys import SigningKeys
from tests.person import Person

X_HOSTS = ("https://api.twitter.com", "https://upload.twitter.com")


class Redirected(HTTPAdapter):
    """Sends what is meant for X to the gateway."""

    def __init__(self, gateway: str) -> None:
        self._gateway = urlsplit(gateway)
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        assert request.url
        asked = urlsplit(request.url)
        request.url = urlunsplit(asked._replace(scheme="http", netloc=self._gateway.netloc))
        return super().send(request, *args, **more)


class Tweepy:
    """tweepy's client for one person; its calls run beside the event loop."""

    def __init__(self, person: Person, keys: SigningKeys | None = None) -> None:
        """With the person's token, or with `keys`: then it signs, as it does by default."""
        self._client = (
            tweepy.Client(bearer_token=person.token)
            if keys is None
            else tweepy.Client(
                consumer_key=keys.consumer_key,
                consumer_secret=keys.consumer_secret,
                access_token=keys.access_token,
                access_token_secret=keys.access_token_secret,
            )
        )
        self._client.session.mount("https://api.twitter.com", Redirected(person.gateway))

    async def __call__(self, name: str, /, *arguments: Any, **more: Any) -> Any:
        return await asyncio.to_thread(getattr(self._client, name), *arguments, **more)

    async def pages(self, name: str, /, *arguments: Any, **more: Any) -> list[list[Any]]:
        method = getattr(self._client, name)
        paginator = tweepy.Paginator(method, *arguments, **more)
        return [page.data or [] for page in await asyncio.to_thread(list, paginator)]

    def close(self) -> None:
        self._client.session.close()


class Xdk:
    """The official SDK for one person; its calls run beside the event loop."""

    def __init__(self, person: Person, *, as_app: bool = False) -> None:
        """With the person's token, also `as_app`, without which it refuses some calls itself."""
        self._client = xdk.Client(
            base_url=person.gateway,
            access_token=person.token,
            bearer_token=person.token if as_app else None,
        )

    async def __call__(self, part: str, name: str, /, *arguments: Any, **more: Any) -> Any:
        method = getattr(getattr(self._client, part), name)
        return await asyncio.to_thread(method, *arguments, **more)

    async def pages(self, part: str, name: str, /, *arguments: Any, **more: Any) -> list[list[Any]]:
        generator = await self(part, name, *arguments, **more)
        return [page.data or [] for page in await asyncio.to_thread(list, generator)]

    def close(self) -> None:
        self._client.session.close()
