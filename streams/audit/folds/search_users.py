"""What the search index must hold of users."""

from typing import Any

from schemas.events import ProfileChanged, UserErased, UserRegistered
from schemas.search.words import fold, words_of
from schemas.topics import USERS
from streams.audit.folds.told import Told, events_of, recorded_of


def users(told: Told) -> dict[str, Any]:
    return {
        f"user {event.user_id}": _user(event)
        for event in events_of(told, USERS)
        if isinstance(event, UserRegistered | ProfileChanged | UserErased)
    }


def _user(event: UserRegistered | ProfileChanged | UserErased) -> dict[str, Any]:
    if isinstance(event, UserErased):
        return {}
    words = {fold(event.username), *words_of(event.username), *words_of(event.name)}
    return {"id": event.user_id, "username": fold(event.username), "words": sorted(words)}


def protected(told: Told) -> dict[str, Any]:
    """Of everybody who ever was, whether they are and which event says so last."""
    rows: dict[str, Any] = {}
    for _, (offset, event) in recorded_of(told, USERS):
        if isinstance(event, ProfileChanged):
            key = f"protected {event.user_id}"
            if event.protected or key in rows:
                rows[key] = {"protected": event.protected, "offset": offset}
    return rows
