"""Erasing a person: the account is closed, and what they did is undone."""

from streams.erasing.erasing import Erased, StillActing, erase, whom

__all__ = ["Erased", "StillActing", "erase", "whom"]
