"""The names of fields and expansions that X API v2 knows, in both dialects."""

from collections.abc import Mapping

TWEET_FIELDS = frozenset(
    {
        "article",
        "article_title",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_post_ids",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "matched_media_notes",
        "media_metadata",
        "non_public_metrics",
        "note_post",
        "note_request_suggestions",
        "note_tweet",
        "organic_metrics",
        "paid_partnership",
        "possibly_sensitive",
        "promoted_metrics",
        "public_metrics",
        "referenced_posts",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "suggested_source_links_with_counts",
        "text",
        "viewer",  # ours: what the user of the token has done to the tweet
        "withheld",
    }
)
USER_FIELDS = frozenset(
    {
        "affiliation",
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "most_recent_post_id",
        "most_recent_tweet_id",
        "name",
        "parody",
        "pinned_post_id",
        "pinned_tweet_id",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscribes_to_you",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_followers_count",
        "verified_type",
        "withheld",
    }
)
MEDIA_FIELDS = frozenset(
    {
        "alt_text",
        "duration_ms",
        "height",
        "media_key",
        "non_public_metrics",
        "organic_metrics",
        "preview_image_url",
        "promoted_metrics",
        "public_metrics",
        "type",
        "url",
        "variants",
        "width",
    }
)
POLL_FIELDS = frozenset(
    {
        "duration_minutes",
        "end_datetime",
        "id",
        "options",
        "voting_status",
    }
)
PLACE_FIELDS = frozenset(
    {
        "contained_within",
        "country",
        "country_code",
        "full_name",
        "geo",
        "id",
        "name",
        "place_type",
    }
)
LIST_FIELDS = frozenset(
    {
        "created_at",
        "description",
        "follower_count",
        "id",
        "member_count",
        "name",
        "owner_id",
        "private",
    }
)
EXPANSIONS = frozenset(
    {
        "affiliation",
        "affiliation.user_id",
        "article.cover_media",
        "article.media_entities",
        "attachments.media_keys",
        "attachments.media_source_tweet",
        "attachments.poll_ids",
        "author_id",
        "author_screen_name",
        "edit_history_post_ids",
        "edit_history_tweet_ids",
        "entities.mentions.username",
        "entities.note.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
        "most_recent_post_id",
        "most_recent_tweet_id",
        "owner_id",
        "pinned_post_id",
        "pinned_tweet_id",
        "referenced_posts",
        "referenced_posts.author_id",
        "referenced_tweets.id",
        "referenced_tweets.id.attachments.media_keys",
        "referenced_tweets.id.author_id",
        "username",
    }
)
CARRIED: Mapping[str, frozenset[str]] = {
    "attachments.media_keys": frozenset({"attachments"}),
    "attachments.media_source_tweet": frozenset({"attachments"}),
    "attachments.poll_ids": frozenset({"attachments"}),
    "author_id": frozenset({"author_id"}),
    "entities.mentions.username": frozenset({"entities"}),
    "in_reply_to_user_id": frozenset({"in_reply_to_user_id"}),
    "referenced_posts": frozenset({"referenced_posts"}),
    "referenced_posts.author_id": frozenset({"referenced_posts", "author_id"}),
    "referenced_tweets.id": frozenset({"referenced_tweets"}),
    "referenced_tweets.id.attachments.media_keys": frozenset({"referenced_tweets", "attachments"}),
    "referenced_tweets.id.author_id": frozenset({"referenced_tweets", "author_id"}),
}
"""The fields of a tweet that an expansion brings along: the ids of what is in `includes`."""

ANALYTICS_FIELDS = frozenset(
    {
        "app_install_attempts",
        "app_opens",
        "bookmarks",
        "detail_expands",
        "email_tweet",
        "engagements",
        "follows",
        "hashtag_clicks",
        "id",
        "impressions",
        "likes",
        "media_views",
        "permalink_clicks",
        "quote_tweets",
        "quote_tweets_deleted",
        "replies",
        "replies_deleted",
        "retweets",
        "shares",
        "timestamp",
        "timestamped_metrics",
        "unbookmarks",
        "unfollows",
        "unlikes",
        "unretweets",
        "url_clicks",
        "user_profile_clicks",
    }
)
"""X's, and ours for what a tweet loses."""
TREND_FIELDS = frozenset(
    {
        "people_count",
        "post_count",
        "score",
        "trend_name",
        "tweet_count",
    }
)
PERSONALIZED_TREND_FIELDS = frozenset(
    {
        "category",
        "post_count",
        "trend_name",
        "trending_since",
    }
)
SEARCH_COUNT_FIELDS = frozenset(
    {
        "end",
        "post_count",
        "start",
        "tweet_count",
    }
)
RULES_COUNT_FIELDS = frozenset(
    {
        "all_project_client_apps",
        "cap_per_client_app",
        "cap_per_project",
        "client_app_rules_count",
        "project_rules_count",
    }
)
NAMES: Mapping[str, frozenset[str]] = {
    "analytics.fields": ANALYTICS_FIELDS,
    "expansions": EXPANSIONS,
    "list.fields": LIST_FIELDS,
    "media.fields": MEDIA_FIELDS,
    "personalized_trend.fields": PERSONALIZED_TREND_FIELDS,
    "place.fields": PLACE_FIELDS,
    "poll.fields": POLL_FIELDS,
    "post.fields": TWEET_FIELDS,
    "rules_count.fields": RULES_COUNT_FIELDS,
    "search_count.fields": SEARCH_COUNT_FIELDS,
    "trend.fields": TREND_FIELDS,
    "tweet.fields": TWEET_FIELDS,
    "user.fields": USER_FIELDS,
}
"""What each query parameter that holds names may hold, wherever it stands."""
