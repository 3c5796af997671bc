"""The modules whose endpoints make up the API."""

from itertools import chain

from gateway import (
    analytics,
    app_login,
    bookmarks,
    editing,
    follow_requests,
    follows,
    health,
    legacy_account,
    list_choices,
    list_lookup,
    list_members,
    list_tweets,
    lists,
    live,
    notifications,
    own_profile,
    polls,
    posting,
    quotes,
    reactions,
    replies,
    retweets,
    search,
    search_counts,
    silencing,
    stream_rules,
    timelines,
    trends,
    tweets,
    user_search,
    users,
)
from gateway.media import appending, commanded, describing, legacy, serving, uploading
from gateway.oauth2 import authorizing, exchanging

MODULES = (
    timelines,
    posting,
    editing,
    tweets,
    replies,
    retweets,
    quotes,
    reactions,
    bookmarks,
    polls,
    follows,
    follow_requests,
    silencing,
    own_profile,
    user_search,  # before `users`, whose path of one user would take it
    users,
    search,
    search_counts,
    trends,
    lists,
    list_lookup,
    list_choices,
    list_members,
    list_tweets,
    notifications,
    commanded,
    uploading,
    appending,
    describing,
    legacy,
    legacy_account,
    analytics,
    stream_rules,
    live,
)
"""The router tries paths in this order: the one that is asked most comes first."""

ENDPOINTS = tuple(chain.from_iterable(module.endpoints for module in MODULES))
OPEN_PATHS = (
    *health.open_paths,
    *serving.open_paths,
    *app_login.open_paths,
    *authorizing.open_paths,
    *exchanging.open_paths,
)
