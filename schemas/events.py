"""What is said on the log: one struct per fact, in the past tense, never changed once written.

Rules for evolving them stand in `docs/adding-an-event.md`: a field is only ever added, with a
default; anything else raises `v` and adds an upcaster in `events/upcasters.py`.
"""

from msgspec import Struct

from schemas.ids import Id


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, tag_field="type"):
    """What every event carries. `at` is in milliseconds since the Unix epoch."""

    event_id: Id
    at: int
    actor: Id
    request_id: str
    v: int = 1


class TweetPosted(Event, frozen=True):
    """`actor` wrote a tweet; with `quote_of`, a quote of that tweet."""

    tweet_id: Id
    text: str
    quote_of: Id | None = None


class TweetEdited(Event, frozen=True):
    """The tweet keeps `tweet_id`; the new version is `version_id`."""

    tweet_id: Id
    version_id: Id
    text: str


class TweetDeleted(Event, frozen=True):
    tweet_id: Id


class UserFollowed(Event, frozen=True):
    """`actor` follows `target`."""

    target: Id


class UserUnfollowed(Event, frozen=True):
    target: Id


class UserRegistered(Event, frozen=True):
    """Public facts only: neither e-mail nor credentials ever enter the log."""

    user_id: Id
    username: str
    name: str
