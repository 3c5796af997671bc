"""The tables of the graph: one for each relation, in the order of `Relations`, and the counts.

The indexes are for readers alone: a rebuild creates them when the rows are there.
"""

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

DEFINITIONS = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.follows (
    follower bigint NOT NULL,
    followee bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (follower, followee)
);
CREATE TABLE IF NOT EXISTS {schema}.requests (
    follower bigint NOT NULL,
    followee bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (follower, followee)
);
CREATE TABLE IF NOT EXISTS {schema}.blocks (
    blocker bigint NOT NULL,
    blocked bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (blocker, blocked)
);
CREATE TABLE IF NOT EXISTS {schema}.mutes (
    muter bigint NOT NULL,
    muted bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (muter, muted)
);
CREATE TABLE IF NOT EXISTS {schema}.counts (
    user_id bigint PRIMARY KEY,
    followers int NOT NULL,
    following int NOT NULL
) WITH (fillfactor = 50);
"""
"""`event_id` is that of the event which began the relation, so that lists run from the newest to
the oldest."""

INDEXES = """
CREATE INDEX IF NOT EXISTS follows_for_fan_out ON {schema}.follows (followee, follower);
CREATE INDEX IF NOT EXISTS follows_newest_followees ON {schema}.follows (follower, event_id);
CREATE INDEX IF NOT EXISTS follows_newest_followers ON {schema}.follows (followee, event_id);
CREATE INDEX IF NOT EXISTS requests_newest_sent ON {schema}.requests (follower, event_id);
CREATE INDEX IF NOT EXISTS requests_newest_received ON {schema}.requests (followee, event_id);
CREATE INDEX IF NOT EXISTS blocks_newest ON {schema}.blocks (blocker, event_id);
CREATE INDEX IF NOT EXISTS blocks_against ON {schema}.blocks (blocked, blocker);
CREATE INDEX IF NOT EXISTS mutes_newest ON {schema}.mutes (muter, event_id);
"""
