"""Counts by day, of tweets and of users."""

from collections import Counter
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct, field

from events.clock import DAY_MS
from schemas.analytics import TweetMeasure, UserMeasure

EPOCH = date(1970, 1, 1)
DAYS_KEPT = 1_000


class TweetDay(NamedTuple):
    tweet_id: int
    measure: TweetMeasure
    day: date
    author: int


class UserDay(NamedTuple):
    user_id: int
    measure: UserMeasure
    day: date


class Tally(Struct):
    """What was gained and lost, each a count above 0."""

    tweets_gained: Counter[TweetDay] = field(default_factory=Counter)
    tweets_lost: Counter[TweetDay] = field(default_factory=Counter)
    users_gained: Counter[UserDay] = field(default_factory=Counter)
    users_lost: Counter[UserDay] = field(default_factory=Counter)

    def of_tweet(self, at: int, tweet: int, author: int, measure: TweetMeasure, by: bool) -> None:
        """The tweet's, and so its author's; `by` says whether it is gained or lost."""
        days = self.tweets_gained if by else self.tweets_lost
        days[TweetDay(tweet, measure, day_of(at), author)] += 1
        self.of_user(at, author, measure, by)

    def of_user(self, at: int, user: int, measure: UserMeasure, by: bool) -> None:
        days = self.users_gained if by else self.users_lost
        days[UserDay(user, measure, day_of(at))] += 1


def day_of(at: int) -> date:
    """The day in UTC of milliseconds since the Unix epoch.

    Raises `OverflowError` outside the years 1 to 9999, where `fromtimestamp` may raise an `OSError`
    that looks like one of a store that is away.
    """
    return _day(at // DAY_MS)


@lru_cache(maxsize=DAYS_KEPT)
def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
