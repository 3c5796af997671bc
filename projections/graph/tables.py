"""The tables of the graph: one for each relation, in the order of `Relations`."""

from typing import NamedTuple


class Table(NamedTuple):
    """`one` and `other` name the columns of an edge's two ends."""

    name: str
    one: str
    other: str


FOLLOWS = Table("follows", "follower", "followee")
REQUESTS = Table("requests", "follower", "followee")
BLOCKS = Table("blocks", "blocker", "blocked")
MUTES = Table("mutes", "muter", "muted")
TABLES = (FOLLOWS, REQUESTS, BLOCKS, MUTES)
