"""What a notice can be about."""

from typing import Literal

NoticeKind = Literal[
    "mention", "reply", "quote", "like", "retweet", "follow", "follow_request", "follow_accepted"
]
