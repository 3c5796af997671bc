"""The topics of the log, what stands on each, and by which field it is keyed."""

from msgspec import Struct

from schemas.events import (
    Event,
    TweetDeleted,
    TweetEdited,
    TweetPosted,
    UserFollowed,
    UserRegistered,
    UserUnfollowed,
)


class Topic(Struct, frozen=True):
    """`key` names the event's field whose order matters: one key, one partition."""

    name: str
    key: str
    events: tuple[type[Event], ...]


TWEETS = Topic("tweets", "tweet_id", (TweetPosted, TweetEdited, TweetDeleted))
GRAPH = Topic("graph", "actor", (UserFollowed, UserUnfollowed))
USERS = Topic("users", "user_id", (UserRegistered,))
TOPICS = (TWEETS, GRAPH, USERS)

DEAD_LETTERS = "dead-letters"
"""Records that a view could never apply, each with its reason; keyed by the view's name."""

TOPIC_OF: dict[type[Event], Topic] = {event: topic for topic in TOPICS for event in topic.events}
TOPIC_NAMED: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
