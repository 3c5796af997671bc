"""The small world of the demo: alice, bob, carla and some hundreds more, with a heavy tail."""

import random
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from streams.load import authors_by_followers

FRIENDS = ("alice", "bob", "carla")
PEOPLE = 200
FOLLOWEES = 20
TWEETS = 1_000
REPLIES = 250
QUOTES = 50
LIKES = 1_000
DISLIKES = 50
RETWEETS = 150
BOOKMARKS = 50
VOTERS = 60
MEMBERS = 12
LIST_FOLLOWERS = 8
SEED = 7

_FIRST = ("ada", "ben", "cleo", "dana", "eli", "fay", "gus", "hana", "ivo", "june")
_MIDDLE = ("b", "d", "f", "k", "l", "m", "r", "s", "t", "v")
_LAST = ("reed", "vale", "moss", "finch", "brook", "hale", "lark", "stone", "wren", "ash")
_OPENINGS = (
    "Up at six for the",
    "Nobody told me about the",
    "Still thinking of the",
    "Three hours later, the",
    "Found a better way to the",
    "My neighbour swears by the",
    "This is your sign to try the",
    "All I wanted was the",
)
_THINGS = (
    "herons on the canal",
    "first snow of the year",
    "new bakery by the station",
    "night train to the coast",
    "chess club on Tuesdays",
    "smell of rain on the allotment",
    "long way round the reservoir",
    "old cinema on Mill Street",
)
_ENDINGS = (
    "#birding",
    "and I regret nothing.",
    "#smalljoys #citylife",
    "Who is coming along?",
    "https://example.com/notes has the details",
    "@alice you would love this",
    "and that is the whole story.",
    "#slowtravel",
)


_ANSWERS = (
    "Count me in!",
    "Where exactly was that?",
    "I was there and it rained all day.",
    "This made my morning, thank you.",
    "Strong words. I disagree.",
    "Saving this for the weekend #smalljoys",
    "Has anybody got a photo of it?",
    "My cat has the same opinion.",
)
_QUESTIONS = (
    ("Best bird of the canal?", ("heron", "kingfisher", "coot")),
    ("Tea or coffee on the night train?", ("tea", "coffee")),
    ("When shall the chess club meet?", ("Monday", "Tuesday", "Sunday", "never again")),
)
_LISTS = ("birders", "night owls", "neighbours")


class Answer(NamedTuple):
    """What somebody wrote about the tweet with that number."""

    author: int
    tweet: int
    text: str


class Question(NamedTuple):
    author: int
    text: str
    options: tuple[str, ...]
    votes: list[tuple[int, int]]
    """Who voted, and for which option, from 1."""


class ListOf(NamedTuple):
    """One of the `followers` has pinned it, too."""

    owner: int
    name: str
    members: list[int]
    followers: list[int]
    pinned_by: int


class World(Struct, frozen=True):
    """Everybody's name and what they do; people and tweets are numbers, in the order here."""

    names: list[str]
    follows: list[tuple[int, int]]
    tweets: list[tuple[int, str]]
    replies: list[Answer]
    quotes: list[Answer]
    questions: list[Question]
    likes: list[tuple[int, int]]
    dislikes: list[tuple[int, int]]
    retweets: list[tuple[int, int]]
    bookmarks: list[tuple[int, int]]
    lists: list[ListOf]

    @property
    def strangers(self) -> list[int]:
        """Two who do not follow carla."""
        carla = FRIENDS.index("carla")
        known = {follower for follower, followee in self.follows if followee == carla}
        return [number for number in range(PEOPLE) if number not in {carla, *known}][:2]


def small_world() -> World:
    """The same world every time."""
    chance = random.Random(SEED)  # noqa: S311
    everybody = [
        f"{first}_{middle}_{last}" for first, middle, last in product(_FIRST, _MIDDLE, _LAST)
    ]
    names = [*FRIENDS, *chance.sample(everybody, PEOPLE - len(FRIENDS))]
    follows = sorted(_follows(chance))
    authors = authors_by_followers(follows, TWEETS, seed=SEED)
    tweets = [(author, _text(chance)) for author in authors]
    return World(
        names=names,
        follows=follows,
        tweets=tweets,
        replies=_answers(chance, REPLIES),
        quotes=_answers(chance, QUOTES),
        questions=[_question(chance, *question) for question in _QUESTIONS],
        likes=_marks(chance, LIKES),
        dislikes=_marks(chance, DISLIKES),
        retweets=_marks(chance, RETWEETS),
        bookmarks=_marks(chance, BOOKMARKS),
        lists=[_list(chance, owner, name) for owner, name in enumerate(_LISTS)],
    )


def _follows(chance: random.Random) -> set[tuple[int, int]]:
    """Fame falls off as 1/rank; the three friends follow each other and are followed by many."""
    fame = [1 / (rank + 1) for rank in range(PEOPLE)]
    follows = {(one, other) for one, other in product(range(len(FRIENDS)), repeat=2)}
    for follower in range(PEOPLE):
        followees = chance.choices(range(PEOPLE), fame, k=FOLLOWEES)
        follows |= {(follower, followee) for followee in followees}
    return {(follower, followee) for follower, followee in follows if follower != followee}


def _tweets(chance: random.Random, count: int) -> list[int]:
    """Attention falls off as 1/rank from the newest tweet."""
    attention = [1 / (rank + 10) for rank in range(TWEETS)]
    return [TWEETS - 1 - rank for rank in chance.choices(range(TWEETS), attention, k=count)]


def _marks(chance: random.Random, count: int) -> list[tuple[int, int]]:
    return [(chance.randrange(PEOPLE), tweet) for tweet in _tweets(chance, count)]


def _answers(chance: random.Random, count: int) -> list[Answer]:
    return [
        Answer(person, tweet, chance.choice(_ANSWERS)) for person, tweet in _marks(chance, count)
    ]


def _question(chance: random.Random, text: str, options: tuple[str, ...]) -> Question:
    voters = chance.sample(range(PEOPLE), VOTERS)
    votes = [(voter, chance.randint(1, len(options))) for voter in voters]
    return Question(chance.randrange(len(FRIENDS)), text, options, votes)


def _list(chance: random.Random, owner: int, name: str) -> ListOf:
    members = chance.sample(range(PEOPLE), MEMBERS)
    others = chance.sample(range(len(FRIENDS), PEOPLE), LIST_FOLLOWERS)
    friend = (owner + 1) % len(FRIENDS)
    return ListOf(owner, name, members, [friend, *others], friend)


def _text(chance: random.Random) -> str:
    return " ".join(chance.choice(words) for words in (_OPENINGS, _THINGS, _ENDINGS))
