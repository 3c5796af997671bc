"""The tables that belong to no view: accounts, and what gateways and rebuilds keep."""

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
    ADD COLUMN IF NOT EXISTS pinned bigint,
    ADD COLUMN IF NOT EXISTS renamed_at timestamptz;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_username ON accounts (lower(username));
CREATE INDEX IF NOT EXISTS accounts_renamed ON accounts (renamed_at) WHERE renamed_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS tokens (
    token_hash bytea PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS apps (
    client_id text PRIMARY KEY,
    name text NOT NULL,
    redirect_uris text[] NOT NULL,
    secret_hash bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS grants (
    grant_id bytea PRIMARY KEY,
    client_id text NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    challenge text NOT NULL,
    scope text NOT NULL,
    exchanged boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS grants_of_app ON grants (client_id);
CREATE INDEX IF NOT EXISTS grants_of_user ON grants (user_id);
CREATE TABLE IF NOT EXISTS access_tokens (
    token_hash bytea PRIMARY KEY,
    grant_id bytea NOT NULL REFERENCES grants ON DELETE CASCADE,
    scope text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS access_tokens_of_grant ON access_tokens (grant_id);
CREATE INDEX IF NOT EXISTS access_tokens_expiry ON access_tokens (expires_at);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash bytea PRIMARY KEY,
    grant_id bytea NOT NULL REFERENCES grants ON DELETE CASCADE,
    used_at timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS refresh_tokens_of_grant ON refresh_tokens (grant_id);
CREATE INDEX IF NOT EXISTS refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE TABLE IF NOT EXISTS signing_keys (
    consumer_key text PRIMARY KEY,
    consumer_secret text NOT NULL,
    access_token text NOT NULL,
    access_token_secret text NOT NULL,
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
CREATE TABLE IF NOT EXISTS stream_rule_sets (
    user_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    version bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS stream_rules (
    rule_id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES stream_rule_sets ON DELETE CASCADE,
    value text NOT NULL,
    tag text NOT NULL
);
ALTER TABLE stream_rules DROP CONSTRAINT IF EXISTS stream_rules_user_id_value_tag_key;
CREATE INDEX IF NOT EXISTS stream_rules_of_user ON stream_rules (user_id, rule_id);
CREATE TABLE IF NOT EXISTS generations (
    view text PRIMARY KEY,
    current int NOT NULL
);
ALTER TABLE generations
    ADD COLUMN IF NOT EXISTS previous int,
    ADD COLUMN IF NOT EXISTS switched_at timestamptz;
CREATE TABLE IF NOT EXISTS rebuilds (
    view text PRIMARY KEY,
    generation int NOT NULL,
    purpose text NOT NULL,
    place text,
    held_until timestamptz
);
CREATE TABLE IF NOT EXISTS set_aside (
    view text NOT NULL,
    generation int NOT NULL,
    position text NOT NULL,
    letter bytea NOT NULL,
    PRIMARY KEY (view, generation, position)
);
CREATE TABLE IF NOT EXISTS media (
    media_id bigint PRIMARY KEY,
    media_key text NOT NULL UNIQUE,
    owner bigint NOT NULL,
    type text NOT NULL,
    content_type text NOT NULL,
    total_bytes bigint NOT NULL,
    ready boolean NOT NULL DEFAULT false,
    kept boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL,
    size bigint NOT NULL DEFAULT 0,
    width int NOT NULL DEFAULT 0,
    height int NOT NULL DEFAULT 0,
    duration_ms int NOT NULL DEFAULT 0,
    alt_text text NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS media_of_owner ON media (owner, expires_at);
CREATE INDEX IF NOT EXISTS media_expiry ON media (expires_at);
CREATE TABLE IF NOT EXISTS media_segments (
    media_id bigint NOT NULL REFERENCES media ON DELETE CASCADE,
    segment int NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (media_id, segment)
);
CREATE TABLE IF NOT EXISTS media_uses (
    media_id bigint NOT NULL REFERENCES media ON DELETE CASCADE,
    tweet_id bigint NOT NULL,
    PRIMARY KEY (tweet_id, media_id)
);
ALTER TABLE media_uses
    ADD COLUMN IF NOT EXISTS confirmed boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS media_uses_of_media ON media_uses (media_id);
CREATE INDEX IF NOT EXISTS media_uses_unconfirmed ON media_uses (tweet_id) WHERE NOT confirmed;
"""
