"""The small world of the demo: alice, bob, carla and some hundreds more, with a heavy tail."""

import random
from itertools import product

from msgspec import Struct

from streams.load import authors_by_followers

FRIENDS = ("alice", "bob", "carla")
PEOPLE = 400
FOLLOWEES = 20
TWEETS = 2_000
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


class World(Struct, frozen=True):
    """Everybody's name, who follows whom and who wrote what, both by number of the person."""

    names: list[str]
    follows: list[tuple[int, int]]
    tweets: list[tuple[int, str]]


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
    return World(names, follows, tweets)


def _follows(chance: random.Random) -> set[tuple[int, int]]:
    """Fame falls off as 1/rank; the three friends follow each other and are followed by many."""
    fame = [1 / (rank + 1) for rank in range(PEOPLE)]
    follows = {(one, other) for one, other in product(range(len(FRIENDS)), repeat=2)}
    for follower in range(PEOPLE):
        followees = chance.choices(range(PEOPLE), fame, k=FOLLOWEES)
        follows |= {(follower, followee) for followee in followees}
    return {(follower, followee) for follower, followee in follows if follower != followee}


def _text(chance: random.Random) -> str:
    return " ".join(chance.choice(words) for words in (_OPENINGS, _THINGS, _ENDINGS))
