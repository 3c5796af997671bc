"""What one may ask the world of the demo, and which of its friends may."""

from collections.abc import Mapping
from string import Formatter
from typing import NamedTuple

from msgspec import Struct

COUNTED = "tweet.fields=public_metrics,viewer&expansions=author_id"
PROFILE = "user.fields=description,location,url,protected,pinned_tweet_id,public_metrics"
PHOTO = "expansions=attachments.media_keys&media.fields=url,alt_text,width,height"
FILM = "expansions=attachments.media_keys&media.fields=variants,duration_ms"
POLL = "expansions=attachments.poll_ids&poll.fields=end_datetime,voting_status"
RECENT = "/2/tweets/search/recent?query="


class Friend(Struct, frozen=True):
    """Somebody of the world whom the newcomer can be; `pinned` is a tweet of theirs."""

    id: str
    username: str
    token: str
    pinned: str | None


class Question(NamedTuple):
    """What `who` may want to see, and the path that answers it; of some, what counts stands in the
    `head` of the answer."""

    who: str
    what: str
    path: str
    head: bool = False


QUESTIONS: Mapping[str, list[Question]] = {
    "Timelines": [
        Question("alice", "home", f"{{alice}}/timelines/reverse_chronological?{COUNTED}"),
        Question("bob", "home", "{bob}/timelines/reverse_chronological?exclude=retweets"),
        Question("alice", "what bob writes", "{bob}/tweets?max_results=5"),
    ],
    "A thread": [
        Question("alice", "its first tweet", f"/2/tweets/{{thread}}?{COUNTED}"),
        Question("bob", "replies", "/2/tweets/{thread}/replies?tweet.fields=referenced_tweets"),
        Question("alice", "hidden replies", "/2/tweets/{thread}/hidden_replies"),
        Question("alice", "quotes", "/2/tweets/{thread}/quote_tweets?expansions=author_id"),
        Question("alice", "who retweeted", "/2/tweets/{thread}/retweeted_by"),
        Question("alice", "retweets", "/2/tweets/{thread}/retweets"),
        Question("alice", "who likes it", "/2/tweets/{thread}/liking_users"),
    ],
    "What one did": [
        Question("alice", "likes", "{alice}/liked_tweets?max_results=5"),
        Question("alice", "dislikes", "{alice}/disliked_tweets"),
        Question("alice", "bookmarks", "{alice}/bookmarks"),
        Question("bob", "what others retweeted", "/2/users/reposts_of_me?max_results=5"),
    ],
    "Edits and earlier times": [
        Question("alice", "an edited tweet", "/2/tweets/{edited}?tweet.fields=edit_controls"),
        Question("alice", "its versions", "/2/tweets/{edited}/history"),
        Question("alice", "as it was first", "/2/tweets/{edited}?as_of={edited}"),
        Question("alice", "all of bob's, then", "{bob}/tweets?as_of={edited}&max_results=5"),
    ],
    "Mentions and notifications": [
        Question("alice", "mentions", "{alice}/mentions?max_results=5"),
        Question("alice", "notifications", "{alice}/notifications?max_results=5"),
        Question("alice", "how many are new", "{alice}/notifications/unread_count"),
    ],
    "Search": [
        Question("alice", "liked birds", f"{RECENT}%23birding%20min_likes:2&{COUNTED}"),
        Question("bob", "of any age", "/2/tweets/search/all?query=chess%20-is:retweet"),
        Question("alice", "how often", "/2/tweets/counts/recent?query=chess&granularity=hour"),
        Question("alice", "people", f"/2/users/search?query=ada&{PROFILE}"),
        Question("alice", "trends", "/2/trends"),
    ],
    "Polls and media": [
        Question("alice", "a poll", f"{RECENT}%22coffee%20on%20the%20night%20train%22&{POLL}"),
        Question("alice", "a photo", f"{RECENT}from:alice%20has:images&{PHOTO}"),
        Question("alice", "a film", f"{RECENT}from:bob%20has:videos&{FILM}"),
    ],
    "People": [
        Question("alice", "oneself", f"/2/users/me?{PROFILE}&expansions=pinned_tweet_id"),
        Question("bob", "who is protected", f"/2/users/by/username/carla?{PROFILE}"),
        Question("alice", "followers", "{alice}/followers?max_results=5"),
        Question("alice", "following", "{alice}/following?max_results=5"),
        Question("carla", "who asks to follow", "{carla}/follow_requests"),
        Question("alice", "muted", "{alice}/muting"),
        Question("alice", "blocked", "{alice}/blocking"),
    ],
    "Lists": [
        Question("alice", "own", "{alice}/owned_lists?list.fields=member_count,follower_count"),
        Question("alice", "followed", "{alice}/followed_lists?expansions=owner_id"),
        Question("alice", "pinned", "{alice}/pinned_lists"),
    ],
    "Streams, which do not end": [
        Question("alice", "what they listen for", "/2/tweets/search/stream/rules"),
        Question("alice", "what they hear", "/2/tweets/search/stream"),
        Question("alice", "one in ten tweets", "/2/tweets/sample10/stream"),
    ],
    "Analytics": [
        Question("alice", "gained and lost", "{alice}/analytics"),
        Question("alice", "of a tweet", "/2/tweets/analytics?ids={thread}"),
    ],
    "The API": [
        Question("alice", "as a document", "/2/openapi.json"),
        Question("alice", "x-rate-limit-remaining", "/2/users/me", head=True),
    ],
}
"""By what they are about. In the paths, a name stands for the path of that friend, `thread` and
`edited` for what alice and bob have pinned."""


def questions(friends: Mapping[str, Friend]) -> dict[str, list[Question]]:
    """Without those about what is not pinned any more."""
    pinned = {"thread": friends["alice"].pinned, "edited": friends["bob"].pinned}
    known = {name: f"/2/users/{friend.id}" for name, friend in friends.items()}
    known |= {name: tweet_id for name, tweet_id in pinned.items() if tweet_id is not None}
    asked: dict[str, list[Question]] = {}
    for about, several in QUESTIONS.items():
        for one in several:
            if _names(one) <= known.keys():
                path = one.path.format_map(known)
                asked.setdefault(about, []).append(one._replace(path=path))
    return asked


def _names(question: Question) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(question.path) if name}
