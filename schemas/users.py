"""An account as others may see it."""

from msgspec import Struct


class User(Struct, frozen=True):
    """`created_at` in milliseconds since the Unix epoch; `pinned` is a tweet of theirs."""

    user_id: int
    username: str
    name: str
    created_at: int
    description: str = ""
    location: str = ""
    url: str = ""
    protected: bool = False
    pinned: int | None = None
