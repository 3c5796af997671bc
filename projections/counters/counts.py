"""The counters of a tweet or a user."""

from msgspec import Struct

OPTIONS = 4


class Counts(Struct, frozen=True, array_like=True):
    """Of a tweet: all up to `votes_4`, the votes for each option of its poll. Of a user: the rest.

    `posts` holds tweets, replies and retweets; `media` those posts that have any; `liked` how many
    tweets the user likes. `as_of` only ever rises: of two values, the one with the higher is newer.
    It follows from the events alone, so that copies stay comparable when all is counted again.
    """

    as_of: int = 0
    likes: int = 0
    dislikes: int = 0
    replies: int = 0
    retweets: int = 0
    quotes: int = 0
    bookmarks: int = 0
    votes_1: int = 0
    votes_2: int = 0
    votes_3: int = 0
    votes_4: int = 0
    posts: int = 0
    media: int = 0
    liked: int = 0

    @property
    def votes(self) -> tuple[int, ...]:
        """By option, the first one first."""
        return self.votes_1, self.votes_2, self.votes_3, self.votes_4


COUNTERS = Counts.__struct_fields__[1:]
