"""The topics of the log, what stands on each, and by which field it is keyed."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from schemas import events
from schemas.events import Event


class Topic(Struct, frozen=True):
    """`key` names the event's field whose order matters: one key, one partition.

    `keys` names it for events in which that is another field.
    """

    name: str
    key: str
    events: tuple[type[Event], ...]
    keys: Mapping[type[Event], str] = MappingProxyType({})

    def key_of(self, event: Event) -> int:
        key: int = getattr(event, self.keys.get(type(event), self.key))
        return key


TWEETS = Topic("tweets", "tweet_id", (events.TweetPosted, events.TweetEdited, events.TweetDeleted))
REPLIES = Topic(
    "replies",
    "tweet_id",
    (events.ReplyPosted, events.ReplyEdited, events.ReplyDeleted, events.ReplyHidden),
)
REACTIONS = Topic(
    "reactions",
    "actor",
    (
        events.TweetLiked,
        events.TweetDisliked,
        events.ReactionCleared,
        events.TweetBookmarked,
        events.BookmarkRemoved,
        events.PollVoted,
    ),
)
RETWEETS = Topic("retweets", "actor", (events.TweetRetweeted, events.RetweetRemoved))
GRAPH = Topic(
    "graph",
    "actor",
    (
        events.UserFollowed,
        events.UserUnfollowed,
        events.FollowRequested,
        events.FollowRequestAnswered,
        events.FollowerRemoved,
        events.UserBlocked,
        events.UserUnblocked,
        events.UserMuted,
        events.UserUnmuted,
    ),
    MappingProxyType(
        {events.FollowRequestAnswered: "follower", events.FollowerRemoved: "follower"}
    ),
)
"""All that happens to one edge, from follower to followee, has the follower's key, and so its
order, whoever of the two did it."""

USERS = Topic("users", "user_id", (events.UserRegistered, events.ProfileChanged, events.UserErased))
LISTS = Topic(
    "lists",
    "list_id",
    (
        events.ListCreated,
        events.ListChanged,
        events.ListDeleted,
        events.ListMemberAdded,
        events.ListMemberRemoved,
        events.ListFollowed,
        events.ListUnfollowed,
        events.ListPinned,
        events.ListUnpinned,
    ),
)
"""Whoever follows or pins a list does it in the order of what becomes of the list, which may be
deleted, or be there for its owner only, and in the order of their own changes of mind."""

NOTIFICATIONS = Topic("notifications", "actor", (events.NotificationsRead,))
TOPICS = (TWEETS, REPLIES, REACTIONS, RETWEETS, GRAPH, USERS, LISTS, NOTIFICATIONS)

DEAD_LETTERS = "dead-letters"
"""Records that a view could never apply, each with its reason; keyed by the view's name."""

TOPIC_GENERATIONS = "topic-generations"
"""Which topics have gone on to another number of partitions; one partition."""

TOPIC_OF: dict[type[Event], Topic] = {event: topic for topic in TOPICS for event in topic.events}
TOPIC_NAMED: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
