"""The tables. `{schema}` is one generation of a view; accounts have no generations."""

GRAPH = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.follows (
    follower bigint NOT NULL,
    followee bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (follower, followee)
);
CREATE INDEX IF NOT EXISTS follows_for_fan_out ON {schema}.follows (followee, follower);
CREATE INDEX IF NOT EXISTS follows_newest_followees ON {schema}.follows (follower, event_id);
CREATE INDEX IF NOT EXISTS follows_newest_followers ON {schema}.follows (followee, event_id);
CREATE TABLE IF NOT EXISTS {schema}.requests (
    follower bigint NOT NULL,
    followee bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (follower, followee)
);
CREATE INDEX IF NOT EXISTS requests_newest_sent ON {schema}.requests (follower, event_id);
CREATE INDEX IF NOT EXISTS requests_newest_received ON {schema}.requests (followee, event_id);
CREATE TABLE IF NOT EXISTS {schema}.blocks (
    blocker bigint NOT NULL,
    blocked bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (blocker, blocked)
);
CREATE INDEX IF NOT EXISTS blocks_newest ON {schema}.blocks (blocker, event_id);
CREATE INDEX IF NOT EXISTS blocks_against ON {schema}.blocks (blocked, blocker);
CREATE TABLE IF NOT EXISTS {schema}.mutes (
    muter bigint NOT NULL,
    muted bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (muter, muted)
);
CREATE INDEX IF NOT EXISTS mutes_newest ON {schema}.mutes (muter, event_id);
CREATE TABLE IF NOT EXISTS {schema}.counts (
    user_id bigint PRIMARY KEY,
    followers int NOT NULL,
    following int NOT NULL
) WITH (fillfactor = 50);
"""
"""`event_id` is that of the event which began the relation, so that lists run from the newest to
the oldest."""

ACCOUNTS = """
CREATE TABLE IF NOT EXISTS accounts (
    user_id bigint PRIMARY KEY,
    username text NOT NULL,
    name text NOT NULL,
    email text,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE accounts
    ADD COLUMN IF NOT EXISTS description text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS location text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS url text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS protected boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS pinned bigint;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_username ON accounts (lower(username));
CREATE TABLE IF NOT EXISTS tokens (
    token_hash bytea PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id bigint NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    events bytea NOT NULL,
    positions text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_age ON idempotency_keys (created_at);
CREATE TABLE IF NOT EXISTS worker_leases (
    worker int PRIMARY KEY,
    until_ms bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS generations (
    view text PRIMARY KEY,
    current int NOT NULL
);
"""
