"""Somebody who uses the gateway over HTTP."""

from collections.abc import Mapping
from typing import IO, Any, NamedTuple

from aiohttp import ClientSession, FormData

MOST_PAGES = 1_000


class Reply(NamedTuple):
    """What came back: the body as JSON, and the event's position after a write."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def position(self) -> str:
        return self.headers["X-Event-Position"]


class Fetched(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]


class Person:
    """Every read after a write of this person waits for that write to be visible."""

    def __init__(
        self, session: ClientSession, gateway: str, user_id: str, username: str, token: str
    ) -> None:
        self._session = session
        self.gateway = gateway
        self.id = user_id
        self.username = username
        self.token = token
        self.seen: dict[str, str] = {}

    @property
    def credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | IO[bytes] | FormData | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = self.credentials
        if self.seen and method == "GET":
            sent["X-Min-Position"] = ",".join(self.seen.values())
        async with self._session.request(
            method,
            self.gateway + path,
            json=json,
            data=data,
            params=params,
            headers={**sent, **(headers or {})},
        ) as response:
            reply = Reply(response.status, await response.json(content_type=None), response.headers)
        if "X-Event-Position" in reply.headers:
            for position in reply.position.split(","):
                self._has_written(position)
        return reply

    def _has_written(self, position: str) -> None:
        """Of two places in a partition the later one counts; a retry answers with the earlier."""
        partition, _, offset = position.rpartition(":")
        seen = self.seen.get(partition)
        if seen is None or int(seen.rpartition(":")[2]) < int(offset):
            self.seen[partition] = position

    async def fetch(self, path: str, *, method: str = "GET", **headers: str) -> Fetched:
        """Bytes, as a browser gets them: without the token."""
        async with self._session.request(method, self.gateway + path, headers=headers) as response:
            return Fetched(response.status, await response.read(), response.headers)

    def has_seen(self, other: "Person") -> None:
        """From here on this person's reads also wait for what `other` wrote."""
        for position in other.seen.values():
            self._has_written(position)

    async def tweet(self, text: str, **more: Any) -> str:
        """The id of a new tweet."""
        reply = await self.call("POST", "/2/tweets", json={"text": text, **more})
        assert reply.status == 201, reply.body
        return str(reply.data["id"])

    async def reply(self, tweet_id: str, text: str = "Nice", **more: Any) -> str:
        """The id of a new reply."""
        return await self.tweet(text, reply={"in_reply_to_tweet_id": tweet_id}, **more)

    async def replies(self, tweet_id: str, **params: str) -> Reply:
        return await self.call("GET", f"/2/tweets/{tweet_id}/replies", params=params)

    async def hide(self, tweet_id: str, hidden: bool = True) -> Reply:
        return await self.call("PUT", f"/2/tweets/{tweet_id}/hidden", json={"hidden": hidden})

    async def edit(self, tweet_id: str, text: str) -> Reply:
        edit = {"text": text, "edit_options": {"previous_post_id": tweet_id}}
        return await self.call("POST", "/2/tweets", json=edit)

    async def delete(self, tweet_id: str) -> Reply:
        return await self.call("DELETE", f"/2/tweets/{tweet_id}")

    async def follow(self, other: "Person") -> Reply:
        path = f"/2/users/{self.id}/following"
        return await self.call("POST", path, json={"target_user_id": other.id})

    async def unfollow(self, other: "Person") -> Reply:
        return await self.call("DELETE", f"/2/users/{self.id}/following/{other.id}")

    async def remove_follower(self, other: "Person") -> Reply:
        return await self.call("DELETE", f"/2/users/{self.id}/followers/{other.id}")

    async def block(self, other: "Person") -> Reply:
        path = f"/2/users/{self.id}/blocking"
        return await self.call("POST", path, json={"target_user_id": other.id})

    async def unblock(self, other: "Person") -> Reply:
        return await self.call("DELETE", f"/2/users/{self.id}/blocking/{other.id}")

    async def mute(self, other: "Person") -> Reply:
        path = f"/2/users/{self.id}/muting"
        return await self.call("POST", path, json={"target_user_id": other.id})

    async def unmute(self, other: "Person") -> Reply:
        return await self.call("DELETE", f"/2/users/{self.id}/muting/{other.id}")

    async def change_profile(self, **fields: Any) -> Reply:
        return await self.call("PUT", "/2/users/me", json=fields)

    async def protect(self) -> None:
        """From here on only those whom this person accepts follow."""
        reply = await self.change_profile(protected=True)
        assert reply.status == 200, reply.body

    async def answer_request(self, other: "Person", what: str) -> Reply:
        """`what`: accept or decline."""
        path = f"/2/users/{self.id}/follow_requests/{other.id}/{what}"
        return await self.call("POST", path)

    async def retweet(self, tweet_id: str) -> str:
        """The id of the retweet."""
        path = f"/2/users/{self.id}/retweets"
        reply = await self.call("POST", path, json={"tweet_id": tweet_id})
        assert reply.status == 200, reply.body
        assert reply.data["retweeted"] is True
        return str(reply.data["rest_id"])

    async def undo_retweet(self, tweet_id: str) -> Reply:
        return await self.call("DELETE", f"/2/users/{self.id}/retweets/{tweet_id}")

    async def home(self, **params: str) -> Reply:
        return await self.call("GET", self.home_path, params=params)

    async def user_tweets(self, other: "Person", **params: str) -> Reply:
        return await self.call("GET", f"/2/users/{other.id}/tweets", params=params)

    async def posts(self) -> int:
        """How many are counted."""
        shown = await self.call("GET", "/2/users/me", params={"user.fields": "public_metrics"})
        return int(shown.data["public_metrics"]["tweet_count"])

    async def lookup(self, tweet_id: str, **params: str) -> Reply:
        return await self.call("GET", f"/2/tweets/{tweet_id}", params=params)

    async def pages(self, path: str, **params: str) -> list[list[Any]]:
        """The data of every page, from the first to the one without a `next_token`."""
        found: list[list[Any]] = []
        following: dict[str, str] = {}
        while len(found) < MOST_PAGES:
            reply = await self.call("GET", path, params={**params, **following})
            assert reply.status == 200, reply.body
            data = reply.body.get("data", [])
            assert reply.body["meta"]["result_count"] == len(data)
            found.append(data)
            if "next_token" not in reply.body["meta"]:
                return found
            following = {"pagination_token": reply.body["meta"]["next_token"]}
        raise AssertionError(f"{path} has no last page")

    @property
    def home_path(self) -> str:
        return f"/2/users/{self.id}/timelines/reverse_chronological"

    async def home_ids(self) -> list[str]:
        reply = await self.home(max_results="100")
        assert reply.status == 200, reply.body
        return [tweet["id"] for tweet in reply.body.get("data", [])]
