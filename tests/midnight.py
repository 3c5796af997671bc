"""Tests that count on one day, or week, from their first event to what they look at."""

import asyncio
import time

DAY_SECONDS = 86_400
NEAR_SECONDS = 120


async def away_from_midnight() -> None:
    """Goes on at once, or where it is soon midnight in UTC, after that."""
    left = DAY_SECONDS - time.time() % DAY_SECONDS
    if left < NEAR_SECONDS:
        await asyncio.sleep(left)
