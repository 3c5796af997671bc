"""What the tweet store must hold."""

from typing import Any

from schemas.topics import TWEETS
from streams.audit.folds.texts import store
from streams.audit.folds.told import Told


def expected(told: Told) -> dict[str, Any]:
    return store(told, TWEETS, "tweet")
