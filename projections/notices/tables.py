"""The tables of notices; `{schema}` is one generation.

The indexes are for readers alone: a rebuild creates them when the rows are there.
"""

DEFINITIONS = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.said (
    recipient bigint NOT NULL,
    tweet_id bigint NOT NULL,
    author bigint NOT NULL,
    kind text NOT NULL,
    mentioned boolean NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (recipient, tweet_id)
);
CREATE INDEX IF NOT EXISTS said_of_tweet ON {schema}.said (tweet_id);
CREATE TABLE IF NOT EXISTS {schema}.deleted (
    tweet_id bigint NOT NULL,
    author bigint NOT NULL,
    PRIMARY KEY (tweet_id, author)
);
CREATE TABLE IF NOT EXISTS {schema}.marks (
    tweet_id bigint NOT NULL,
    kind text NOT NULL,
    actor bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (tweet_id, kind, actor)
);
CREATE INDEX IF NOT EXISTS marks_newest ON {schema}.marks (tweet_id, kind, event_id);
CREATE TABLE IF NOT EXISTS {schema}.groups (
    tweet_id bigint NOT NULL,
    kind text NOT NULL,
    recipient bigint NOT NULL,
    event_id bigint NOT NULL,
    count int NOT NULL,
    PRIMARY KEY (tweet_id, kind)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS {schema}.edges (
    recipient bigint NOT NULL,
    kind text NOT NULL,
    actor bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (recipient, kind, actor)
);
CREATE TABLE IF NOT EXISTS {schema}.markers (
    user_id bigint PRIMARY KEY,
    until bigint NOT NULL
);
"""
"""What concerns a recipient: tweets that answer, quote or mention (`said`), likes and retweets of
one tweet as one group with all its marks beside it, and follows (`edges`). `event_id` is the
event that brought it, of a group the newest mark's; `markers` say up to where it was read."""

INDEXES = """
CREATE INDEX IF NOT EXISTS said_newest ON {schema}.said (recipient, event_id);
CREATE INDEX IF NOT EXISTS said_mentions ON {schema}.said (recipient, tweet_id) WHERE mentioned;
CREATE INDEX IF NOT EXISTS groups_newest ON {schema}.groups (recipient, event_id) WHERE count > 0;
CREATE INDEX IF NOT EXISTS edges_newest ON {schema}.edges (recipient, event_id);
"""
