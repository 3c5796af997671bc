"""What the analytics must hold."""

from typing import Any

from schemas.events import (
    Event,
    ProfileChanged,
    ReplyDeleted,
    ReplyPosted,
    TweetDeleted,
    UserErased,
    UserRegistered,
    Written,
)
from schemas.topics import REPLIES, TWEETS, USERS
from streams.audit.folds.days import Days, day_of
from streams.audit.folds.ties import ties
from streams.audit.folds.told import Told, events_of


def expected(told: Told) -> dict[str, Any]:
    days = Days()
    posts = _posts(told, days)
    return _people(told) | posts | ties(told, days) | days.rows()


def _people(told: Told) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for event in events_of(told, USERS):
        match event:
            case UserRegistered():
                rows.setdefault(
                    f"person {event.user_id}",
                    {"username": event.username, "registered": day_of(event)},
                )
            case ProfileChanged():
                if person := rows.get(f"person {event.user_id}"):
                    person["username"] = event.username
            case UserErased():
                rows.pop(f"person {event.user_id}", None)
            case _:
                pass
    return rows


def _posts(told: Told, days: Days) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    posted: dict[int, Written] = {}
    for event in events_of(told, TWEETS, REPLIES):
        match event:
            case Written() if event.tweet_id not in posted:
                posted[event.tweet_id] = event
                rows[f"post {event.tweet_id}"] = {
                    "author": event.actor,
                    "parent": getattr(event, "parent", None),
                    "parent_author": getattr(event, "parent_author", None),
                    "quoted": event.quote_of,
                    "quoted_author": event.quoted_author,
                    "deleted": False,
                }
                _count(days, event, event, gained=True)
            case TweetDeleted() | ReplyDeleted():
                row = rows.get(f"post {event.tweet_id}")
                if row and row["author"] == event.actor and not row["deleted"]:
                    row["deleted"] = True
                    _count(days, event, posted[event.tweet_id], gained=False)
            case _:
                pass
    return rows


def _count(days: Days, event: Event, post: Written, *, gained: bool) -> None:
    if isinstance(post, ReplyPosted):
        days.of_user(event, post.actor, "replies_made", gained)
        days.of_tweet(event, post.parent, post.parent_author, "replies", gained)
    else:
        days.of_user(event, post.actor, "posts", gained)
    if post.quote_of is not None and post.quoted_author is not None:
        days.of_tweet(event, post.quote_of, post.quoted_author, "quotes", gained)
