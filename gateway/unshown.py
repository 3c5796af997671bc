"""What expansions ask for and cannot be had."""

from collections.abc import Sequence

from msgspec.structs import replace

from gateway.problems import missing, withheld
from gateway.render import REFERENCED, references
from gateway.state import Gateway
from gateway.wanted import Wanted
from schemas.api.answers import Includes, PartialError
from schemas.tweets import Tweet

_POST_DIALECT = frozenset({"referenced_posts", "referenced_posts.author_id"})


async def unshown(
    gateway: Gateway, tweets: Sequence[Tweet], wanted: Wanted, shown: Includes | None
) -> list[PartialError]:
    """An error for each tweet that one of `tweets` refers to and that is not among the `shown`."""
    asked = wanted.expansions & REFERENCED
    if not asked:
        return []
    there = {tweet.id for tweet in shown.tweets} if shown else set()
    named = dict.fromkeys(named.id for tweet in tweets for named in references(tweet))
    lost = [tweet_id for tweet_id in named if tweet_id not in there]
    if not lost:
        return []
    found = await gateway.tweets.find([int(tweet_id) for tweet_id in lost])
    parameter = "referenced_posts" if asked <= _POST_DIALECT else "referenced_tweets.id"
    return [
        replace(
            (withheld if found.get(int(tweet_id)) else missing)("tweet", parameter, tweet_id),
            section="includes",
        )
        for tweet_id in lost
    ]
