"""What the timelines must hold: each author's newest, and of the homes that are there, theirs."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from projections.timelines.entries import CAP
from projections.timelines.writes import CELEBRITY
from schemas.events import (
    FollowRequestAnswered,
    RetweetRemoved,
    TweetDeleted,
    TweetRetweeted,
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserUnblocked,
    UserUnmuted,
)
from schemas.topics import GRAPH, RETWEETS, TWEETS
from schemas.tweets import Entry
from streams.audit.folds.follows import Pair, follows
from streams.audit.folds.newest import Home, author_list
from streams.audit.folds.posted import Posted, posted
from streams.audit.folds.told import Told, events_of, recorded_of
from streams.audit.values import Contents, IfAny

_HIDDEN, _SHOWN = "hidden", "shown again"


def expected(told: Told, *, cap: int = CAP, celebrity: int = CELEBRITY) -> Contents:
    """`home` is one that is complete, `open home` one that is still being built."""
    authors = posted(told)
    famous = _perhaps_famous(told, celebrity)
    now = follows(told)
    rows: dict[str, object] = {}
    for author, of_author in authors.items():
        rows[f"author {author}"] = author_list(of_author, cap)
    left = {pair: None for pair in now.ended if pair not in now.follows}
    rows |= _homes(authors, famous, now.follows, left, cap)
    for user, author in now.ended:
        rows[f"hidden from {user}: {author}"] = IfAny(
            (_SHOWN if (user, author) in now.follows else _HIDDEN,)
        )
    for author in famous:
        rows[f"celebrity {author}"] = rows[f"marked celebrity {author}"] = IfAny((True,))
        rows[f"celebrity {author} of {author}"] = IfAny((True,))  # in the own home, too
    for user, author in now.follows:
        if author in famous:
            rows[f"celebrity {author} of {user}"] = IfAny((True,))
    return rows | _silences(told) | _left(told)


def _homes(
    authors: Mapping[int, Posted],
    famous: set[int],
    follows: Mapping[Pair, int],
    left: Mapping[Pair, None],
    cap: int,
) -> dict[str, object]:
    followees: dict[int, set[int]] = defaultdict(set, {author: {author} for author in authors})
    for follower, followee in follows:
        followees[follower] |= {follower, followee}
    unfollowed: dict[int, set[int]] = defaultdict(set)
    for follower, followee in left:
        unfollowed[follower].add(followee)
    rows: dict[str, object] = {}
    for user, shown in followees.items():
        ordinary = [authors[one] for one in sorted(shown - famous) if one in authors]
        merged = [authors[one] for one in sorted(shown & famous) if one in authors]
        others = [authors[one] for one in sorted(unfollowed[user]) if one in authors]
        rows[f"home {user}"] = Home(ordinary, merged, others, cap)
        rows[f"open home {user}"] = Home(ordinary, merged, others, 0)
    return rows


def _perhaps_famous(told: Told, celebrity: int) -> set[int]:
    """Who may ever have had so many followers: partitions say not how many at one time."""
    ever: set[Pair] = set()
    for event in events_of(told, GRAPH):
        match event:
            case UserFollowed():
                ever.add((event.actor, event.target))
            case FollowRequestAnswered():
                ever.add((event.follower, event.actor))
            case _:
                pass
    followers = Counter(followee for _, followee in ever)
    return {author for author, count in followers.items() if count >= celebrity}


def _silences(told: Told) -> dict[str, object]:
    """Each field with the last event that spoke of it, as `projections/timelines` describes it."""
    rows: dict[str, object] = {}
    for _, (offset, event) in recorded_of(told, GRAPH):
        match event:
            case UserMuted() | UserUnmuted():
                state = {"silenced": isinstance(event, UserMuted), "offset": offset}
                rows[f"silenced for {event.actor}: m:{event.target}"] = state
            case UserBlocked() | UserUnblocked():
                state = {"silenced": isinstance(event, UserBlocked), "offset": offset}
                rows[f"silenced for {event.actor}: b:{event.target}"] = state
                rows[f"silenced for {event.target}: x:{event.actor}"] = state
            case _:
                pass
    return rows


def _left(told: Told) -> dict[str, object]:
    """The offset at which each entry last left its author's list, or came again: a retweet may."""
    last: dict[Entry, int] = {}
    for _, (offset, event) in recorded_of(told, TWEETS, RETWEETS):
        match event:
            case TweetDeleted():
                last[Entry(event.tweet_id, event.actor, event.tweet_id)] = offset
            case RetweetRemoved():
                last[Entry(event.retweet_id, event.actor, event.tweet_id)] = offset
            case TweetRetweeted():
                entry = Entry(event.retweet_id, event.actor, event.tweet_id)
                if entry in last:
                    last[entry] = offset
            case _:
                pass
    return {f"left {entry}": IfAny((offset,)) for entry, offset in last.items()}
