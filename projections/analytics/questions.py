"""What can be asked of the days: who gained most, who stays, which tweets went best."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import get_args

from msgspec import Struct

from events.positions import Partition
from projections.analytics.writes import AnalyticsView
from projections.checkpoints import postgres as checkpoints
from projections.postgres import Pool
from projections.postgres_view import schema_of
from schemas.analytics import TweetMeasure, UserMeasure

DEEDS: tuple[UserMeasure, ...] = get_args(UserMeasure)[:5]
"""What a user does. Whoever did any of it on a day was active."""


class Change(Struct, frozen=True):
    gained: int
    lost: int


Days = Mapping[date, Mapping[str, Change]]
"""By day and measure; what did not change is missing."""


class Gainer(Struct, frozen=True):
    user_id: int
    username: str
    gained: int
    lost: int


class TopTweet(Struct, frozen=True):
    """What the tweet has gained in the time, less what it has lost, by measure and in all."""

    tweet_id: int
    engagements: int
    measures: Mapping[str, int]


class Cohort(Struct, frozen=True):
    """Those who registered in the week from the Monday `week` on.

    `active` says how many of them did anything in their own first seven days, in the next, and
    so on.
    """

    week: date
    size: int
    active: list[int]


class Analytics:
    """Days are in UTC; `first` and `last` both belong to the time that is asked about."""

    topics = tuple(topic.name for topic in AnalyticsView.topics)

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of(AnalyticsView.name, generation)

    async def of_user(self, user: int, first: date, last: date) -> Days:
        rows = await self._pool.fetch(
            f"SELECT day, measure, gained, lost FROM {self._schema}.user_days"
            " WHERE user_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day, measure",
            user,
            first,
            last,
        )
        days: dict[date, dict[str, Change]] = {}
        for row in rows:
            days.setdefault(row["day"], {})[row["measure"]] = Change(row["gained"], row["lost"])
        return days

    async def of_tweets(self, tweets: Iterable[int], first: date, last: date) -> dict[int, Days]:
        """By tweet; one to which nothing happened is missing."""
        rows = await self._pool.fetch(
            f"SELECT tweet_id, day, measure, gained, lost FROM {self._schema}.tweet_days"
            " WHERE tweet_id = ANY($1::bigint[]) AND day BETWEEN $2 AND $3 ORDER BY day, measure",
            list(tweets),
            first,
            last,
        )
        found: dict[int, dict[date, dict[str, Change]]] = {}
        for row in rows:
            days = found.setdefault(row["tweet_id"], {})
            days.setdefault(row["day"], {})[row["measure"]] = Change(row["gained"], row["lost"])
        return dict(found)

    async def gained_most(
        self, measure: UserMeasure, first: date, last: date, *, limit: int
    ) -> list[Gainer]:
        """Those who gained most, less what they lost; only those who are up, and not erased."""
        rows = await self._pool.fetch(
            "SELECT d.user_id, p.username, sum(d.gained) AS gained, sum(d.lost) AS lost"
            f" FROM {self._schema}.user_days AS d JOIN {self._schema}.people AS p"
            " USING (user_id) WHERE d.measure = $1 AND d.day BETWEEN $2 AND $3"
            " GROUP BY d.user_id, p.username HAVING sum(d.gained - d.lost) > 0"
            " ORDER BY sum(d.gained - d.lost) DESC, d.user_id LIMIT $4",
            measure,
            first,
            last,
            limit,
        )
        return [Gainer(*row) for row in rows]

    async def top_tweets(
        self, author: int, first: date, last: date, *, limit: int
    ) -> list[TopTweet]:
        """Of the author's tweets that are there, those with most engagements in the time."""
        rows = await self._pool.fetch(
            "SELECT d.tweet_id, d.measure, sum(d.gained - d.lost) AS net,"
            " sum(sum(d.gained - d.lost)) OVER (PARTITION BY d.tweet_id) AS engagements"
            f" FROM {self._schema}.tweet_days AS d JOIN {self._schema}.posts AS p USING (tweet_id)"
            " WHERE d.author = $1 AND d.day BETWEEN $2 AND $3 AND NOT p.deleted"
            " GROUP BY d.tweet_id, d.measure"
            " ORDER BY engagements DESC, d.tweet_id DESC, d.measure LIMIT $4",
            author,
            first,
            last,
            limit * len(get_args(TweetMeasure)),
        )
        measures: dict[int, dict[str, int]] = {}
        for row in rows:
            measures.setdefault(row["tweet_id"], {})[row["measure"]] = row["net"]
        tops = (TopTweet(tweet, sum(nets.values()), nets) for tweet, nets in measures.items())
        return [top for top in tops if top.engagements > 0][:limit]

    async def retention(self, first: date, last: date, *, weeks: int) -> list[Cohort]:
        """By week of registration, from the one with `first` to the one with `last`."""
        rows = await self._pool.fetch(
            "WITH members AS (SELECT user_id, registered,"
            f" date_trunc('week', registered)::date AS week FROM {self._schema}.people"
            " WHERE registered >= date_trunc('week', $1::date)"
            " AND registered < date_trunc('week', $2::date) + interval '7 days'),"
            " active AS (SELECT m.week, (d.day - m.registered) / 7 AS later,"
            " count(DISTINCT m.user_id) AS users FROM members AS m"
            f" JOIN {self._schema}.user_days AS d USING (user_id)"
            " WHERE d.measure = ANY($3::text[]) AND d.gained > 0"
            " AND d.day >= m.registered AND d.day < m.registered + 7 * $4::int"
            " GROUP BY m.week, later),"
            " sizes AS (SELECT week, count(*) AS size FROM members GROUP BY week)"
            " SELECT s.week, s.size, a.later, a.users FROM sizes AS s"
            " LEFT JOIN active AS a USING (week) ORDER BY s.week, a.later",
            first,
            last,
            list(DEEDS),
            weeks,
        )
        cohorts: dict[date, Cohort] = {}
        for row in rows:
            empty = Cohort(row["week"], row["size"], [0] * weeks)
            cohort = cohorts.setdefault(row["week"], empty)
            if row["later"] is not None:
                cohort.active[row["later"]] = row["users"]
        return list(cohorts.values())

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints.stored(self._pool, self._schema)
