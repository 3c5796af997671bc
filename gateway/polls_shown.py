"""Polls as the API shows them. A poll has the id of its tweet."""

from collections.abc import Sequence

from msgspec import UNSET

from gateway.state import Gateway
from gateway.times import timestamp
from projections.counters import Counts
from schemas.api.polls import PollObject, PollOption
from schemas.tweets import Poll, Tweet


def end_of(tweet: Tweet, poll: Poll) -> int:
    """When voting ends, in milliseconds since the Unix epoch."""
    return tweet.created_at + poll.minutes * 60_000


async def poll_objects(
    gateway: Gateway, tweets: Sequence[Tweet], fields: frozenset[str], now: int
) -> list[PollObject]:
    """Of those `tweets` that have one, with the `fields` that were asked for."""
    counts = await gateway.readers.counters.of([t.tweet_id for t in tweets if t.poll])
    return [
        poll_object(tweet, tweet.poll, counts[tweet.tweet_id], fields, now)
        for tweet in tweets
        if tweet.poll
    ]


def poll_object(
    tweet: Tweet, poll: Poll, counts: Counts, fields: frozenset[str], now: int
) -> PollObject:
    end = end_of(tweet, poll)
    return PollObject(
        id=str(tweet.tweet_id),
        options=[
            PollOption(position, label, votes)
            for position, (label, votes) in enumerate(
                zip(poll.options, counts.votes, strict=False), 1
            )
        ],
        duration_minutes=poll.minutes if "duration_minutes" in fields else UNSET,
        end_datetime=timestamp(end) if "end_datetime" in fields else UNSET,
        voting_status=("open" if now < end else "closed") if "voting_status" in fields else UNSET,
    )
