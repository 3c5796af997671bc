"""What is counted by day."""

from typing import Literal

TweetMeasure = Literal["likes", "retweets", "replies", "quotes", "bookmarks"]

UserMeasure = Literal[
    "posts",
    "replies_made",
    "likes_given",
    "retweets_made",
    "following",
    "followers",
    "likes",
    "retweets",
    "replies",
    "quotes",
    "bookmarks",
]
"""What the user did, the first five; then what others did with the user or the user's tweets."""
