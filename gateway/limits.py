"""How many requests are taken: of each user, and each program of one, by endpoint; and of each
address.

X's own numbers where X publishes one per user (its numbers per app where it has no other), ours
elsewhere.
"""

import math
import os
import re
import time
from collections.abc import Mapping
from functools import cache

from aiohttp import web
from multidict import CIMultiDict, istr

from gateway.addresses import Addresses
from gateway.allowances import Allowances, Spent
from gateway.problems import Problem

SPENT = web.RequestKey("spent", Spent)

VARIABLE = "BIRDLOG_RATE_LIMITS"
OFF = math.inf

READS, WRITES = 900, 300
"""For endpoints that X does not have or publishes no number for."""

ADDRESS_REQUESTS = 30_000
UNKNOWN_TOKENS = 100
WRONG = "unknown tokens and wrong signatures from this address"

LIMITS: Mapping[str, int] = {
    "POST /2/tweets": 100,
    "GET /2/tweets": 5_000,
    "GET /2/tweets/{}": 900,
    "DELETE /2/tweets/{}": 50,
    "PUT /2/tweets/{}/hidden": 50,
    "GET /2/tweets/{}/liking_users": 75,
    "GET /2/tweets/{}/quote_tweets": 75,
    "GET /2/tweets/{}/retweeted_by": 75,
    "GET /2/tweets/{}/retweets": 75,
    "GET /2/tweets/search/recent": 300,
    "GET /2/tweets/search/all": 300,
    "GET /2/tweets/counts/recent": 300,
    "GET /2/tweets/counts/all": 300,
    "GET /2/tweets/search/stream": 50,
    "GET /2/tweets/search/stream/rules": 450,
    "POST /2/tweets/search/stream/rules": 100,
    "GET /2/tweets/search/stream/rules/counts": 450,
    "GET /2/tweets/sample/stream": 50,
    "GET /2/tweets/sample10/stream": 50,
    "GET /2/users/me": 900,
    "GET /2/users": 900,
    "GET /2/users/{}": 900,
    "GET /2/users/by": 900,
    "GET /2/users/by/username/{}": 900,
    "GET /2/users/search": 300,
    "GET /2/users/reposts_of_me": 75,
    "GET /2/users/personalized_trends": 10,
    "GET /2/users/{}/timelines/reverse_chronological": 180,
    "GET /2/users/{}/tweets": 900,
    "GET /2/users/{}/mentions": 300,
    "POST /2/users/{}/following": 50,
    "DELETE /2/users/{}/following/{}": 50,
    "GET /2/users/{}/followers": 300,
    "GET /2/users/{}/following": 300,
    "POST /2/users/{}/blocking": 50,
    "DELETE /2/users/{}/blocking/{}": 50,
    "GET /2/users/{}/blocking": 15,
    "POST /2/users/{}/muting": 50,
    "DELETE /2/users/{}/muting/{}": 50,
    "GET /2/users/{}/muting": 15,
    "POST /2/users/{}/likes": 50,
    "DELETE /2/users/{}/likes/{}": 50,
    "GET /2/users/{}/liked_tweets": 75,
    "POST /2/users/{}/retweets": 50,
    "DELETE /2/users/{}/retweets/{}": 50,
    "POST /2/users/{}/bookmarks": 50,
    "DELETE /2/users/{}/bookmarks/{}": 50,
    "GET /2/users/{}/bookmarks": 180,
    "POST /2/lists": 300,
    "GET /2/lists/{}": 75,
    "PUT /2/lists/{}": 300,
    "DELETE /2/lists/{}": 300,
    "GET /2/lists/{}/tweets": 900,
    "GET /2/lists/{}/members": 900,
    "POST /2/lists/{}/members": 300,
    "DELETE /2/lists/{}/members/{}": 300,
    "GET /2/lists/{}/followers": 180,
    "GET /2/users/{}/owned_lists": 100,
    "POST /2/users/{}/followed_lists": 50,
    "DELETE /2/users/{}/followed_lists/{}": 50,
    "GET /2/users/{}/followed_lists": 15,
    "POST /2/users/{}/pinned_lists": 50,
    "DELETE /2/users/{}/pinned_lists/{}": 50,
    "GET /2/users/{}/pinned_lists": 15,
    "GET /2/users/{}/list_memberships": 75,
    "GET /2/trends/by/woeid/{}": 75,
    "POST /2/media/upload": 500,
    "POST /2/media/upload/initialize": 1_875,
    "POST /2/media/upload/{}/append": 1_875,
    "POST /2/media/upload/{}/finalize": 1_875,
    "GET /2/media/upload": 1_000,
    "POST /2/media/metadata": 500,
    "GET /1.1/account/verify_credentials.json": 75,
    "POST /1.1/media/upload.json": 1_875,
    "GET /1.1/media/upload.json": 1_000,
}
"""Requests of one user, or of one program for a user, in 900 s."""


def name_of(method: str, path: str) -> str:
    """`GET /2/tweets/{}` for `/2/tweets/{id}`."""
    return f"{method} {re.sub('{[^}]+}', '{}', path)}"


def limit_of(name: str) -> int:
    return LIMITS.get(name, READS if name.startswith("GET ") else WRITES)


def times_from(environment: Mapping[str, str] = os.environ) -> float:
    """What all limits are multiplied by: 1 unless the variable holds a number, or `off`.

    Raises `ValueError` for anything else.
    """
    said = environment.get(VARIABLE, "1")
    times = OFF if said == "off" else float(said)
    if not times > 0:
        raise ValueError(f"{VARIABLE} is {said}: expected `off` or a number above 0")
    return times


class Limits:
    """`times` multiplies every limit; at `OFF` nothing is counted."""

    def __init__(self, allowances: Allowances, addresses: Addresses, times: float) -> None:
        self._allowances = allowances
        self._addresses = addresses
        self._times = times
        self._scaled = cache(lambda limit: max(1, round(limit * times)))

    async def of_address(self, request: web.Request) -> None:
        """Raises a 429 `Problem` when too much came from the request's address."""
        if self._times != OFF:
            subject = f"from {self._addresses.of(request)}"
            await self._spend(request, subject, ADDRESS_REQUESTS, "requests from this address")

    async def of_user(
        self, request: web.Request, user: int, name: str, limit: int, program: str | None = None
    ) -> None:
        """Raises a 429 `Problem` when the user, or this program for the user, asked for this
        endpoint too often. What one of them asks for uses up nothing of the others."""
        if self._times != OFF:
            who = f"{user}" if program is None else f"{user} by {program}"
            await self._spend(request, f"{who} {name}", limit, f"requests for {name}")

    def may_try(self, request: web.Request) -> None:
        """Raises a 429 `Problem` when too many wrong credentials came from the request's address.

        Before a token that is not known yet is looked up, or any signature.
        """
        if self._times == OFF:
            return
        found = self._allowances.exhausted(self._tries(request))
        if found is not None:
            limit = self._scaled(UNKNOWN_TOKENS)
            request[SPENT] = Spent(False, limit, 0, found.reset)
            raise _too_many(request[SPENT], WRONG)

    async def failed(self, request: web.Request) -> None:
        """Counts an unknown token, or a signature that is not good. Raises a 429 `Problem` when it
        was one too many."""
        if self._times != OFF:
            await self._spend(request, self._tries(request), UNKNOWN_TOKENS, WRONG)

    async def failed_of(self, request: web.Request, program: str) -> None:
        """As `failed`, of a program that has proven who it is: others bring it what is wrong, and
        its address is that of all its users."""
        if self._times != OFF:
            what = "wrong codes and tokens from this program"
            await self._spend(request, f"tries of {program}", UNKNOWN_TOKENS, what)

    async def _spend(self, request: web.Request, subject: str, limit: int, what: str) -> None:
        limit = self._scaled(limit)
        spent = self._allowances.at_hand(subject, limit)
        if spent is None:
            spent = await self._allowances.spend(subject, limit)
        if spent is not None:
            request[SPENT] = spent
            if not spent.granted:
                raise _too_many(spent, what)

    def _tries(self, request: web.Request) -> str:
        return f"tries {self._addresses.of(request)}"


LIMIT, REMAINING, RESET = map(
    istr, ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset")
)


def tell(request: web.Request, headers: CIMultiDict[str]) -> None:
    """Puts down the limit that the request fell under, if one is known, as every answer says it."""
    spent = request.get(SPENT)
    if spent is not None:
        headers[LIMIT] = str(spent.limit)
        headers[REMAINING] = str(spent.remaining)
        headers[RESET] = str(spent.reset)


def _too_many(spent: Spent, what: str) -> Problem:
    seconds = max(1, math.ceil(spent.reset - time.time()))
    return Problem(
        429,
        "Too Many Requests",
        f"more than {spent.limit} {what}: try again in {seconds} s",
        kind="rate-limit-exceeded",
        retry_after=seconds,
    )
