"""The tables of analytics; `{schema}` is one generation.

The indexes are for readers alone: a rebuild creates them when the rows are there.
"""

DEFINITIONS = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.people (
    user_id bigint PRIMARY KEY,
    username text NOT NULL,
    registered date NOT NULL
);
CREATE TABLE IF NOT EXISTS {schema}.posts (
    tweet_id bigint PRIMARY KEY,
    author bigint NOT NULL,
    parent bigint,
    parent_author bigint,
    quoted bigint,
    quoted_author bigint,
    deleted boolean NOT NULL
);
CREATE TABLE IF NOT EXISTS {schema}.ties (
    kind text NOT NULL,
    actor bigint NOT NULL,
    other bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (kind, actor, other)
);
CREATE TABLE IF NOT EXISTS {schema}.tweet_days (
    tweet_id bigint NOT NULL,
    measure text NOT NULL,
    day date NOT NULL,
    author bigint NOT NULL,
    gained int NOT NULL,
    lost int NOT NULL,
    PRIMARY KEY (tweet_id, measure, day)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS {schema}.user_days (
    user_id bigint NOT NULL,
    measure text NOT NULL,
    day date NOT NULL,
    gained int NOT NULL,
    lost int NOT NULL,
    PRIMARY KEY (user_id, measure, day)
) WITH (fillfactor = 50);
"""
"""What was gained and lost on each day in UTC, of each tweet and of each user. `posts` and `ties`
(likes, retweets, bookmarks, follows) are what the next event is compared with: only what changes
something counts."""

INDEXES = """
CREATE INDEX IF NOT EXISTS people_registered ON {schema}.people (registered);
CREATE INDEX IF NOT EXISTS tweet_days_of_author ON {schema}.tweet_days (author, day);
CREATE INDEX IF NOT EXISTS user_days_of_measure ON {schema}.user_days (measure, day);
"""
