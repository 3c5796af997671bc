"""What a person did, folded from the events that are theirs."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from gateway.times import timestamp
from schemas import events as told
from schemas.events import Event, Mark
from streams.export.lists import OwnList, keep_list, keep_member
from streams.export.spans import Spans
from streams.export.texts import Said, say
from streams.export.ties import mark, relate


class Deeds(Struct):
    """`spans` are likes, follows and what else begins and may end, by kind."""

    user: int
    tweets: dict[int, Said] = field(default_factory=dict)
    replies: dict[int, Said] = field(default_factory=dict)
    lists: dict[int, OwnList] = field(default_factory=dict)
    votes: dict[int, dict[str, Any]] = field(default_factory=dict)
    profiles: list[dict[str, Any]] = field(default_factory=list)
    hidden_replies: list[dict[str, Any]] = field(default_factory=list)
    notifications_read: list[dict[str, Any]] = field(default_factory=list)
    spans: Spans = field(default_factory=Spans)
    erased_at: str | None = None


def deeds(user: int, events: Iterable[Event]) -> Deeds:
    """`events` are those of the log that concern the user, of each partition in order.

    Tweets, replies and lists come out in the order of their ids.
    """
    done = Deeds(user)
    for event in events:
        match event:
            case told.FollowRequestAnswered(follower=follower) if follower == user:
                done.spans.answered(event.actor, event.at, accepted=event.accepted)
            case told.FollowerRemoved(follower=follower) if follower == user:
                done.spans.end(event.actor, event.at, "follows", "follow_requests")
            case _ if event.actor == user:
                _add(done, event)
            case _:
                pass
    done.tweets, done.replies = (
        dict(sorted(done.tweets.items())),
        dict(sorted(done.replies.items())),
    )
    done.lists = dict(sorted(done.lists.items()))
    return done


def _add(done: Deeds, event: Event) -> None:
    at = timestamp(event.at)
    match event:
        case told.Written() | told.Rewritten() | told.TweetDeleted() | told.ReplyDeleted():
            say(done.tweets, done.replies, event)
        case told.PollVoted():
            done.votes.setdefault(
                event.tweet_id, {"tweet_id": str(event.tweet_id), "option": event.option, "at": at}
            )
        case Mark():
            mark(done.spans, event)
        case told.UserRegistered() | told.ProfileChanged():
            public = {name: getattr(event, name) for name in PROFILE if hasattr(event, name)}
            done.profiles.append({"at": at, **public})
        case told.UserErased():
            done.erased_at = done.erased_at or at
        case told.ReplyHidden():
            done.hidden_replies.append(
                {"tweet_id": str(event.tweet_id), "hidden": event.hidden, "at": at}
            )
        case told.NotificationsRead():
            done.notifications_read.append({"until": str(event.until), "at": at})
        case told.ListCreated() | told.ListChanged() | told.ListDeleted():
            keep_list(done.lists, event)
            if isinstance(event, told.ListDeleted):
                done.spans.end(event.list_id, event.at, "followed_lists", "pinned_lists")
        case told.ListMemberAdded() | told.ListMemberRemoved():
            keep_member(done.lists, event)
        case _:
            relate(done.spans, event)


PROFILE = ("username", "name", "description", "location", "url", "protected")
