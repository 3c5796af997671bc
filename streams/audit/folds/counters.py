"""What the counters must hold in MongoDB, and may hold in Redis."""

from collections import Counter, defaultdict

from schemas.events import ReplyDeleted, ReplyPosted, TweetDeleted, Written
from schemas.topics import REPLIES, TWEETS
from streams.audit.folds.marks import Row, marks
from streams.audit.folds.told import Told, recorded_of
from streams.audit.folds.viewers import viewers
from streams.audit.values import Contents, IfAny

Counts = dict[int, dict[str, Counter[str]]]
"""By tweet or user and partition how often each counter counts."""


def expected(told: Told) -> Contents:
    made, posts = marks(told), _posts(told)
    counts: Counts = defaultdict(lambda: defaultdict(Counter))
    for partition, mark in made.values():
        for target, counter in _given_by_mark(mark):
            counts[target][partition][counter] += 1
    for partition, post in posts.values():
        for target, counter in _given_by_post(post):
            counts[target][partition][counter] += 1
    rows: dict[str, object] = {key: mark for key, (_, mark) in made.items()}
    rows |= {f"post {tweet_id}": post for tweet_id, (_, post) in posts.items()}
    for target, by_partition in counts.items():
        rows[f"counts {target}"] = {p: dict(counted) for p, counted in by_partition.items()}
        total = sum(by_partition.values(), Counter[str]())
        rows[f"total {target}"] = IfAny((dict(total),))
    return rows | viewers(mark for _, mark in made.values())


def _given_by_mark(mark: Row) -> list[tuple[int, str]]:
    tweet, user = mark["tweet"], mark["user"]
    match mark["kind"]:
        case "none":
            return []
        case "like":
            return [(tweet, "likes"), (user, "liked")]
        case "dislike":
            return [(tweet, "dislikes")]
        case "bookmark":
            return [(tweet, "bookmarks")]
        case "retweet":
            return [(tweet, "retweets"), (user, "posts")]
        case vote:
            return [(tweet, vote)]


def _posts(told: Told) -> dict[int, tuple[str, Row]]:
    """By id each with its partition."""
    found: dict[int, tuple[str, Row]] = {}
    for partition, (offset, event) in recorded_of(told, TWEETS, REPLIES):
        match event:
            case Written() if event.tweet_id not in found:
                post: Row = {"o": offset + 1, "author": event.actor}
                if event.quote_of is not None:
                    post["quoted"] = event.quote_of
                if isinstance(event, ReplyPosted):
                    post["parent"] = event.parent
                if event.media:
                    post["media"] = True
                found[event.tweet_id] = (str(partition), post)
            case TweetDeleted() | ReplyDeleted() if event.tweet_id in found:
                _, post = found[event.tweet_id]
                if post["author"] == event.actor and "deleted" not in post:
                    post |= {"o": offset + 1, "deleted": True}
            case _:
                pass
    return found


def _given_by_post(post: Row) -> list[tuple[int, str]]:
    if "deleted" in post:
        return []
    given = [(post["author"], "posts")]
    if "media" in post:
        given.append((post["author"], "media"))
    if "quoted" in post:
        given.append((post["quoted"], "quotes"))
    if "parent" in post:
        given.append((post["parent"], "replies"))
    return given
