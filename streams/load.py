"""Bringing a world of people into birdlog through the log: accounts, follows, tweets.

Reads `follower<TAB>followee` lines of numbers and one tweet a line, plain or gzipped.
"""

import asyncio
import gzip
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

from events.bulk import BulkAppender
from events.clock import now_ms
from events.snowflake import Snowflakes
from gateway.accounts import Accounts, Registration
from schemas.events import TweetPosted, UserFollowed
from schemas.explained import Explained
from schemas.text import TextRejected, check, mentions

Row = TypeVar("Row")
Follow = tuple[int, int]
Advance = Callable[[str, int, int], None]
"""Called with what is loaded, how many are done and how many there are."""

ACCOUNTS_AT_ONCE = 5_000
COMPLAINTS = 20
REPORT_EVERY = 500
REQUEST_ID = "load"
SEED = 2013


class Malformed(Explained):
    """A line that cannot be read."""

    def __init__(self, path: Path, number: int, reason: str) -> None:
        super().__init__(f"{path}:{number}: {reason}")


class Unreadable(Explained):
    """A file that cannot be read, or that holds nothing to go on."""


class Read(Struct, Generic[Row]):
    """What a file holds: `rows`, and what was wrong with the lines left out."""

    rows: list[Row]
    left_out: list[Malformed]


class Loaded(Struct, frozen=True):
    accounts: int
    follows: int
    tweets: int
    left_out: int
    seconds: float


def read_follows(path: Path, *, stop: bool) -> Read[Follow]:
    """Raises `Malformed` for the first bad line if it is to `stop`, `Unreadable` for the file."""
    return _read(path, _follow, stop=stop)


def read_tweets(path: Path, *, stop: bool) -> Read[str]:
    """As `read_follows`; a text that could not be posted is malformed."""
    return _read(path, _text, stop=stop)


def _read(path: Path, parse: Callable[[str], Row], *, stop: bool) -> Read[Row]:
    found: Read[Row] = Read([], [])
    for number, line in _lines(path):
        try:
            found.rows.append(parse(line.decode()))
        except ValueError as error:
            malformed = Malformed(path, number, _reason(error))
            if stop:
                raise malformed from error
            found.left_out.append(malformed)
    return found


def _reason(error: ValueError) -> str:
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as plain:
            gzipped = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if gzipped else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield number, line.rstrip(b"\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def _follow(line: str) -> Follow:
    follower, tab, followee = line.partition("\t")
    if not tab:
        raise ValueError("expected FOLLOWER<TAB>FOLLOWEE")
    for number in (follower, followee):
        if not (number.isascii() and number.isdigit() and len(number) <= 14):
            raise ValueError(f"{number!r} is no account number of at most 14 digits")
    if int(follower) == int(followee):
        raise ValueError(f"account {int(follower)} follows itself")
    return int(follower), int(followee)


def _text(line: str) -> str:
    try:
        return check(line)
    except TextRejected as error:
        raise ValueError(str(error)) from error


def username(number: int) -> str:
    """The user name of an account that a file only numbers."""
    return f"u{number}"


class Loader:
    """Writes a world; `advance` is told of every step."""

    def __init__(
        self, accounts: Accounts, appender: BulkAppender, ids: Snowflakes, advance: Advance
    ) -> None:
        self._accounts = accounts
        self._appender = appender
        self._ids = ids
        self._advance = advance
        self._user_ids: dict[str, int] = {}

    async def files(
        self,
        follows_path: Path,
        tweets_path: Path,
        *,
        stop: bool = False,
        limit: int | None = None,
        per_second: float | None = None,
        complain: Callable[[Malformed], None],
    ) -> Loaded:
        """Loads two files, of whose lines those that cannot be read are complained about.

        Raises `Malformed`, before anything is written, if it is to `stop` at the first of them.
        """
        started = time.monotonic()
        follows = read_follows(follows_path, stop=stop)
        tweets = read_tweets(tweets_path, stop=stop)
        left_out = [*follows.left_out, *tweets.left_out]
        for malformed in left_out[:COMPLAINTS]:
            complain(malformed)
        texts = tweets.rows[:limit]
        authors = authors_by_followers(follows.rows, len(texts)) if texts else []
        numbers = sorted({number for pair in follows.rows for number in pair})
        user_ids = await self.people([username(number) for number in numbers])
        user_of = {number: user_ids[username(number)] for number in numbers}
        await self.follows([(user_of[one], user_of[other]) for one, other in follows.rows])
        await self.tweets(
            [(user_of[author], text) for author, text in zip(authors, texts, strict=True)],
            per_second=per_second,
        )
        return Loaded(
            len(numbers),
            len(follows.rows),
            len(texts),
            len(left_out),
            time.monotonic() - started,
        )

    async def people(self, usernames: Sequence[str]) -> dict[str, int]:
        """The user id of each name, whose accounts are created where they are missing."""
        user_ids: dict[str, int] = {}
        for start in range(0, len(usernames), ACCOUNTS_AT_ONCE):
            some = usernames[start : start + ACCOUNTS_AT_ONCE]
            known = await self._accounts.by_usernames(some)
            new = [name for name in some if name.lower() not in known]
            registered = await self._accounts.register_all(
                [Registration(username=name, name=name) for name in new], self._ids, REQUEST_ID
            )
            user_ids |= {user.username: user.user_id for user in registered}
            user_ids |= {
                name: known[name.lower()].user_id for name in some if name.lower() in known
            }
            self._advance("accounts", start + len(some), len(usernames))
        self._user_ids |= {name.lower(): user_id for name, user_id in user_ids.items()}
        return user_ids

    async def follows(self, pairs: Sequence[Follow]) -> None:
        """From user id to user id."""
        for number, (follower, followee) in enumerate(pairs, 1):
            event_id = self._ids.next()
            await self._appender.append(
                UserFollowed(
                    event_id=event_id,
                    at=now_ms(),
                    actor=follower,
                    request_id=REQUEST_ID,
                    target=followee,
                )
            )
            self._tell("follows", number, len(pairs))
        await self._appender.flush()

    async def tweets(
        self, written: Sequence[tuple[int, str]], *, per_second: float | None = None
    ) -> list[int]:
        """Takes author id and text, at most `per_second`; returns the ids of the tweets."""
        started = time.monotonic()
        tweet_ids = []
        for number, (author, text) in enumerate(written, 1):
            if per_second and (ahead := number / per_second - (time.monotonic() - started)) > 0:
                await asyncio.sleep(ahead)
            tweet_id = self._ids.next()
            await self._appender.append(
                TweetPosted(
                    event_id=tweet_id,
                    at=now_ms(),
                    actor=author,
                    request_id=REQUEST_ID,
                    tweet_id=tweet_id,
                    text=text,
                    mentions=self._mentioned(text),
                )
            )
            tweet_ids.append(tweet_id)
            self._tell("tweets", number, len(written))
        await self._appender.flush()
        return tweet_ids

    def _mentioned(self, text: str) -> tuple[int, ...]:
        """Those of the people loaded here whom the text names."""
        names = mentions(text)
        return tuple(self._user_ids[name] for name in names if name in self._user_ids)

    def _tell(self, what: str, done: int, total: int) -> None:
        if done % REPORT_EVERY == 0 or done == total:
            self._advance(what, done, total)


def authors_by_followers(follows: Iterable[Follow], count: int, *, seed: int = SEED) -> list[int]:
    """`count` authors, drawn in proportion to their followers; the same for the same input."""
    followers = Counter(followee for _, followee in follows)
    population = sorted(followers)
    if not population:
        raise Unreadable("nobody is followed, so there is nobody to write the tweets")
    weights = [followers[account] for account in population]
    return random.Random(seed).choices(population, weights, k=count)  # noqa: S311
