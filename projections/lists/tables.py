"""The tables of lists; `{schema}` is one generation.

The indexes are for readers alone: a rebuild creates them when the rows are there.
"""

DEFINITIONS = """
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
"""A deleted list stays as a row, lest a late copy of its creation bring it back; its members, its
name and its description go. `listed` counts the lists that a user is on and everybody may see.
`choices` holds who follows a list and who has pinned it."""

INDEXES = """
CREATE INDEX IF NOT EXISTS lists_newest ON {schema}.lists (owner, list_id) WHERE NOT deleted;
CREATE INDEX IF NOT EXISTS members_newest ON {schema}.members (list_id, event_id);
CREATE INDEX IF NOT EXISTS memberships_newest ON {schema}.members (member, event_id);
CREATE INDEX IF NOT EXISTS choosers_newest ON {schema}.choices (list_id, kind, event_id);
CREATE INDEX IF NOT EXISTS choices_newest ON {schema}.choices (user_id, kind, event_id);
"""
