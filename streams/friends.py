"""What alice, bob and carla do in the demo that people do seldom: edits, a deletion, a thread with
a hidden reply, a photo, a pinned tweet, a protected account, a mute, a block, a stream's rule."""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

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
    ReplyHidden,
    RetweetRemoved,
    TweetDeleted,
    TweetEdited,
    TweetPosted,
    TweetRetweeted,
    UserBlocked,
    UserMuted,
    UserUnfollowed,
)
from schemas.media import Media
from schemas.users import User
from streams.deeds import Tweeted, fact_of, reply

WIDTH, HEIGHT = 640, 400
ALT_TEXT = "A heron beside the canal, early in the morning"
PHOTO = "image/png"


class Friends(NamedTuple):
    """User ids. The `strangers` do not follow carla."""

    alice: int
    bob: int
    carla: int
    strangers: tuple[int, int]


class Lived(NamedTuple):
    """What is to be appended before they `settle`, and what alice pins then."""

    events: list[Event]
    pinned: int


class Thread(NamedTuple):
    """A tweet of alice's, and whoever answers."""

    root: int
    events: list[Event]


def thread(ids: Snowflakes, friends: Friends, photo: Media) -> Thread:
    """With a photo, an answer to an answer, and one that alice hides."""
    posted = fact_of(ids, friends.alice)
    root = posted["event_id"]
    tweet = TweetPosted(
        **posted, tweet_id=root, text="The heron was back at six #birding", media=(photo,)
    )
    about = Tweeted(root, friends.alice)
    found = reply(fact_of(ids, friends.bob), "Where exactly was that?", about, about)
    asked = Tweeted(found.tweet_id, friends.bob)
    told = reply(fact_of(ids, friends.alice), "By the third lock, @bob", about, asked)
    rude = reply(fact_of(ids, friends.strangers[0]), "Nobody asked.", about, about)
    hidden = ReplyHidden(
        **fact_of(ids, friends.alice), tweet_id=rude.tweet_id, root=root, hidden=True
    )
    return Thread(root, [tweet, found, told, rude, hidden])


def second_thoughts(ids: Snowflakes, friends: Friends, root: int) -> Iterator[Event]:
    """What is said, and then not, or otherwise."""
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
    regretted = fact_of(ids, bob)
    yield TweetPosted(**regretted, tweet_id=regretted["event_id"], text="I never liked herons")
    yield TweetDeleted(**fact_of(ids, bob), tweet_id=regretted["event_id"])
    repeated = fact_of(ids, bob)
    about = {"tweet_id": root, "author": friends.alice, "retweet_id": repeated["event_id"]}
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


async def settle(pool: Pool, ids: Snowflakes, friends: Friends, pinned: int) -> None:
    """What comes last, so that it tells that all else is there: a rule, and the profiles."""
    await rule(pool, ids, friends)
    changes: dict[int, dict[str, Any]] = {
        friends.alice: {
            "description": "Birds, mostly. #birding",
            "location": "third lock",
            "pinned": pinned,
        },
        friends.bob: {"description": "Chess on Wednesdays", "url": "https://example.com/chess"},
        friends.carla: {"description": "Only for those I know", "protected": True},
    }
    known = Profiles(pool)
    for user, change in changes.items():
        await known.change(user, change, partial(fact_of, ids, user))


async def rule(pool: Pool, ids: Snowflakes, friends: Friends) -> None:
    """What alice wants to hear of as it is written."""
    await Rules(pool).add(
        friends.alice, [Rule(ids.next(), "#birding -is:retweet", "birds")], dry_run=False
    )


async def photo(desk: Desk, ids: Snowflakes, friends: Friends) -> tuple[int, Media]:
    """alice's, as if she had uploaded it; and its id. Raises what its store raises."""
    data, media_id = _drawn(), ids.next()
    upload = await desk.begin(media_id, friends.alice, PHOTO, "tweet_image", len(data))
    await desk.append(upload, 0, data)
    await desk.finish(upload)
    await desk.rows.describe(media_id, friends.alice, ALT_TEXT)
    return media_id, (await desk.uses.find(friends.alice, [media_id]))[media_id]


def _drawn() -> bytes:
    """A canal, with the sun and a heron of few strokes."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#f6d9b8")
    draw = ImageDraw.Draw(image)
    draw.ellipse((470, 60, 550, 140), fill="#f2a65a")
    draw.rectangle((0, 240, WIDTH, HEIGHT), fill="#7aa6b8")
    draw.line((180, 330, 180, 230), fill="#4a5560", width=4)
    draw.ellipse((150, 170, 230, 240), fill="#8a97a3")
    draw.line((220, 185, 250, 110, 300, 118), fill="#8a97a3", width=8)
    drawn = io.BytesIO()
    image.save(drawn, "PNG")
    return drawn.getvalue()


def is_settled(friends: Iterable[User]) -> bool:
    """Whether they have done all that they do, unless they have emptied their profiles since."""
    return any(friend.description for friend in friends)


async def live(pool: Pool, media: str, ids: Snowflakes, friends: Friends) -> Lived:
    """Uploads, and returns the events that follow, in order. `media` is the store's address."""
    async with open_store(media) as store:
        desk = Desk(pool, store)
        media_id, shown = await photo(desk, ids, friends)
        said = thread(ids, friends, shown)
        await desk.uses.keep(said.root, [media_id])
    events = [
        *said.events,
        *second_thoughts(ids, friends, said.root),
        *distances(ids, friends),
    ]
    return Lived(events, said.root)
