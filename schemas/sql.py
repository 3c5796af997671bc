"""The tables. `{schema}` is one generation of a view; accounts have no generations.

The indexes of their own are for readers alone: a rebuild creates them when the rows are there.
"""

GRAPH = """
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

GRAPH_INDEXES = """
CREATE INDEX IF NOT EXISTS follows_for_fan_out ON {schema}.follows (followee, follower);
CREATE INDEX IF NOT EXISTS follows_newest_followees ON {schema}.follows (follower, event_id);
CREATE INDEX IF NOT EXISTS follows_newest_followers ON {schema}.follows (followee, event_id);
CREATE INDEX IF NOT EXISTS requests_newest_sent ON {schema}.requests (follower, event_id);
CREATE INDEX IF NOT EXISTS requests_newest_received ON {schema}.requests (followee, event_id);
CREATE INDEX IF NOT EXISTS blocks_newest ON {schema}.blocks (blocker, event_id);
CREATE INDEX IF NOT EXISTS blocks_against ON {schema}.blocks (blocked, blocker);
CREATE INDEX IF NOT EXISTS mutes_newest ON {schema}.mutes (muter, event_id);
"""

NOTICES = """
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

NOTICES_INDEXES = """
CREATE INDEX IF NOT EXISTS said_newest ON {schema}.said (recipient, event_id);
CREATE INDEX IF NOT EXISTS said_mentions ON {schema}.said (recipient, tweet_id) WHERE mentioned;
CREATE INDEX IF NOT EXISTS groups_newest ON {schema}.groups (recipient, event_id) WHERE count > 0;
CREATE INDEX IF NOT EXISTS edges_newest ON {schema}.edges (recipient, event_id);
"""

LISTS = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.lists (
    list_id bigint PRIMARY KEY,
    owner bigint NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    private bool NOT NULL,
    deleted bool NOT NULL,
    members int NOT NULL,
    followers int NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS {schema}.members (
    list_id bigint NOT NULL,
    member bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (list_id, member)
);
CREATE TABLE IF NOT EXISTS {schema}.listed (
    user_id bigint PRIMARY KEY,
    lists int NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS {schema}.choices (
    list_id bigint NOT NULL,
    kind text NOT NULL,
    user_id bigint NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (list_id, kind, user_id)
);
"""
"""A deleted list stays as a row, lest a late copy of its creation bring it back; its members go.
`listed` counts the lists that a user is on and everybody may see. `choices` holds who follows a
list and who has pinned it."""

LISTS_INDEXES = """
CREATE INDEX IF NOT EXISTS lists_newest ON {schema}.lists (owner, list_id) WHERE NOT deleted;
CREATE INDEX IF NOT EXISTS members_newest ON {schema}.members (list_id, event_id);
CREATE INDEX IF NOT EXISTS memberships_newest ON {schema}.members (member, event_id);
CREATE INDEX IF NOT EXISTS choosers_newest ON {schema}.choices (list_id, kind, event_id);
CREATE INDEX IF NOT EXISTS choices_newest ON {schema}.choices (user_id, kind, event_id);
"""

ANALYTICS = """
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

ANALYTICS_INDEXES = """
CREATE INDEX IF NOT EXISTS people_registered ON {schema}.people (registered);
CREATE INDEX IF NOT EXISTS tweet_days_of_author ON {schema}.tweet_days (author, day);
CREATE INDEX IF NOT EXISTS user_days_of_measure ON {schema}.user_days (measure, day);
"""

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
