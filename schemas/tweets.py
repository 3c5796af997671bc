"""A tweet as the views hold it."""

from msgspec import Struct

from schemas.ids import time_of


class Version(Struct, frozen=True, array_like=True):
    """One wording of a tweet; `at` in milliseconds since the Unix epoch."""

    version_id: int
    text: str
    at: int


class Tweet(Struct, frozen=True, array_like=True):
    """A tweet that is not deleted, its versions from the first to the newest."""

    tweet_id: int
    author: int
    versions: tuple[Version, ...]
    quote_of: int | None = None

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def newest(self) -> int:
        return self.versions[-1].version_id

    @property
    def created_at(self) -> int:
        return time_of(self.tweet_id)
