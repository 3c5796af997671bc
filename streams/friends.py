"""What alice, bob and carla do in the demo that people do seldom: edits, a deletion, a thread with
a hidden reply, a photo, a film, pinned tweets, a protected account, a mute, a block, a stream's
rule; and what each can be sure to find: likes, a dislike, a quote, a retweet, a bookmark."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from events.snowflake import Snowflakes
from gateway.media.desk import Desk
from gateway.media.store import open_store
from gateway.profiles import Profiles
from gateway.rules import Rule, Rules
from projections.postgres import Pool
from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    NotificationsRead,
    ReplyHidden,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetEdited,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
    UserBlocked,
    UserMuted,
    UserUnfollowed,
)
from schemas.media import Media
from schemas.users import User
from streams.deeds import Tweeted, fact_of, reply
from streams.uploads import film, photo


class Friends(NamedTuple):
    """User ids. The `strangers` do not follow carla."""

    alice: int
    bob: int
    carla: int
    strangers: tuple[int, int]


class Lived(NamedTuple):
    """What is to be appended before they `settle`, and what is pinned then, by user id."""

    events: list[Event]
    pinned: dict[int, int]


class Thread(NamedTuple):
    """A tweet of alice's, an answer of bob's to it, one that alice hides, and all events of it."""

    root: Tweeted
    answer: Tweeted
    rude: Tweeted
    events: list[Event]


def thread(ids: Snowflakes, friends: Friends, photo: Media) -> Thread:
    """With a photo, an answer to an answer, and one that alice hides."""
    posted = fact_of(ids, friends.alice)
    tweet = TweetPosted(
        **posted,
        tweet_id=posted["event_id"],
        text="The heron was back at six #birding",
        media=(photo,),
    )
    about = Tweeted(tweet.tweet_id, friends.alice)
    found = reply(fact_of(ids, friends.bob), "Where exactly was that?", about, about)
    asked = Tweeted(found.tweet_id, friends.bob)
    told = reply(fact_of(ids, friends.alice), "By the third lock, @bob", about, asked)
    rude = reply(fact_of(ids, friends.strangers[0]), "Nobody asked.", about, about)
    hidden = ReplyHidden(
        **fact_of(ids, friends.alice), tweet_id=rude.tweet_id, root=about.tweet_id, hidden=True
    )
    heard = Tweeted(rude.tweet_id, friends.strangers[0])
    return Thread(about, asked, heard, [tweet, found, told, rude, hidden])


def regards(ids: Snowflakes, friends: Friends, said: Thread) -> Iterator[Event]:
    """What they think of the thread, and how far alice has read of what concerns her."""
    root = said.root._asdict()
    yield NotificationsRead(**fact_of(ids, friends.alice), until=said.root.tweet_id)
    for friend in (friends.bob, friends.carla):
        yield TweetLiked(**fact_of(ids, friend), **root)
    quoted = fact_of(ids, friends.bob)
    yield TweetPosted(
        **quoted,
        tweet_id=quoted["event_id"],
        text="At six I have not even gone to bed",
        quote_of=said.root.tweet_id,
        quoted_author=friends.alice,
    )
    repeated = fact_of(ids, friends.strangers[0])
    yield TweetRetweeted(**repeated, **root, retweet_id=repeated["event_id"])
    yield TweetLiked(**fact_of(ids, friends.alice), **said.answer._asdict())
    yield TweetBookmarked(**fact_of(ids, friends.alice), **said.answer._asdict())
    yield TweetDisliked(**fact_of(ids, friends.alice), **said.rude._asdict())


def filmed(ids: Snowflakes, friends: Friends, film: Media) -> TweetPosted:
    said = fact_of(ids, friends.bob)
    return TweetPosted(
        **said, tweet_id=said["event_id"], text="How the evening ended #chess", media=(film,)
    )


def edited(ids: Snowflakes, friends: Friends) -> Iterator[TweetPosted | TweetEdited]:
    """A tweet of bob's, and how it reads in the end."""
    bob = friends.bob
    meant = fact_of(ids, bob)
    tweet_id = meant["event_id"]
    yield TweetPosted(
        **meant,
        tweet_id=tweet_id,
        text="Chess club moved to Wedensday",
        reply_settings="following",
    )
    for text in ("Chess club moved to Wednesday", "Chess club moved to Wednesday, at seven"):
        said = fact_of(ids, bob)
        yield TweetEdited(**said, tweet_id=tweet_id, version_id=said["event_id"], text=text)


def undone(ids: Snowflakes, friends: Friends, root: Tweeted) -> Iterator[Event]:
    """What bob says, and repeats, and then not."""
    bob = friends.bob
    regretted = fact_of(ids, bob)
    yield TweetPosted(**regretted, tweet_id=regretted["event_id"], text="I never liked herons")
    yield TweetDeleted(**fact_of(ids, bob), tweet_id=regretted["event_id"])
    repeated = fact_of(ids, bob)
    about = {**root._asdict(), "retweet_id": repeated["event_id"]}
    yield TweetRetweeted(**repeated, **about)
    yield RetweetRemoved(**fact_of(ids, bob), **about)


def distances(ids: Snowflakes, friends: Friends) -> Iterator[Event]:
    """alice mutes one stranger and blocks the other; both ask to follow carla, who is protected."""
    alice, (muted, blocked) = friends.alice, friends.strangers
    yield UserMuted(**fact_of(ids, alice), target=muted)
    yield UserBlocked(**fact_of(ids, alice), target=blocked)
    yield UserUnfollowed(**fact_of(ids, alice), target=blocked)
    yield FollowerRemoved(**fact_of(ids, alice), follower=blocked)
    for stranger in friends.strangers:
        yield FollowRequested(**fact_of(ids, stranger), target=friends.carla)
    yield FollowRequestAnswered(**fact_of(ids, friends.carla), follower=muted, accepted=True)


async def settle(pool: Pool, ids: Snowflakes, friends: Friends, pinned: Mapping[int, int]) -> None:
    """What comes last, so that it tells that all else is there: a rule, and the profiles."""
    await rule(pool, ids, friends)
    changes: dict[int, dict[str, Any]] = {
        friends.alice: {"description": "Birds, mostly. #birding", "location": "third lock"},
        friends.bob: {"description": "Chess on Wednesdays", "url": "https://example.com/chess"},
        friends.carla: {"description": "Only for those I know", "protected": True},
    }
    known = Profiles(pool)
    for user, change in changes.items():
        change["pinned"] = pinned.get(user)
        await known.change(user, change, partial(fact_of, ids, user))


async def rule(pool: Pool, ids: Snowflakes, friends: Friends) -> None:
    """What alice wants to hear of as it is written."""
    await Rules(pool).add(
        friends.alice, [Rule(ids.next(), "#birding -is:retweet", "birds")], dry_run=False
    )


def is_settled(friends: Iterable[User]) -> bool:
    """Whether they have done all that they do, unless they have emptied their profiles since."""
    return any(friend.description for friend in friends)


async def live(pool: Pool, media: str, ids: Snowflakes, friends: Friends) -> Lived:
    """Uploads, and returns the events that follow, in order. `media` is the store's address."""
    async with open_store(media) as store:
        desk = Desk(pool, store)
        heron = await photo(desk, ids, friends.alice)
        said = thread(ids, friends, heron.media)
        await desk.uses.keep(said.root.tweet_id, [heron.media_id])
        chess = await film(desk, ids, friends.bob)
        played = filmed(ids, friends, chess.media)
        await desk.uses.keep(played.tweet_id, [chess.media_id])
    changed = list(edited(ids, friends))
    events = [
        *said.events,
        played,
        *changed,
        *regards(ids, friends, said),
        *undone(ids, friends, said.root),
        *distances(ids, friends),
    ]
    return Lived(events, {friends.alice: said.root.tweet_id, friends.bob: changed[0].tweet_id})
