"""Whose tweets stay out of a home timeline, whoever brings them there.

A hash a user: `m:ID` for one whom the user has muted, `b:ID` blocked, `x:ID` for one who has
blocked the user. Each field follows from the events of one actor, and so of one partition; its
value is 2 * the last offset that spoke of it, + 1 where that silences. It never expires: no home
timeline that is built later would know.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from projections.redis import Call, Redis, call_all
from projections.timelines.keys import Keys
from projections.timelines.scripts import SILENCE
from projections.view import Recorded
from schemas.events import UserBlocked, UserMuted, UserUnblocked, UserUnmuted

States = dict[int, dict[str, int]]
"""By user and field."""


async def apply(redis: Redis, keys: Keys, events: Iterable[Recorded]) -> None:
    calls: list[Call] = [
        (SILENCE, [keys.silenced(user)], list(chain.from_iterable(states.items())))
        for user, states in fold(events).items()
    ]
    await call_all(redis, calls)


def fold(events: Iterable[Recorded]) -> States:
    states: States = {}
    for offset, event in events:
        match event:
            case UserMuted(actor=actor, target=target):
                states.setdefault(actor, {})[f"m:{target}"] = 2 * offset + 1
            case UserUnmuted(actor=actor, target=target):
                states.setdefault(actor, {})[f"m:{target}"] = 2 * offset
            case UserBlocked(actor=actor, target=target):
                states.setdefault(actor, {})[f"b:{target}"] = 2 * offset + 1
                states.setdefault(target, {})[f"x:{actor}"] = 2 * offset + 1
            case UserUnblocked(actor=actor, target=target):
                states.setdefault(actor, {})[f"b:{target}"] = 2 * offset
                states.setdefault(target, {})[f"x:{actor}"] = 2 * offset
            case _:
                pass
    return states


def hidden_in(authors_and_states: Sequence[bytes]) -> frozenset[int]:
    """Those whom the hash `hidden` hides, as HGETALL answers it."""
    return frozenset([int(author) for author in _odd(authors_and_states)])


def silenced_in(fields_and_states: Sequence[bytes]) -> frozenset[int]:
    """Those whom a hash silences, as HGETALL answers it."""
    return frozenset([int(field[2:]) for field in _odd(fields_and_states)])


def _odd(fields_and_states: Sequence[bytes]) -> list[bytes]:
    """The fields whose states are odd, which their last digits tell."""
    states = zip(fields_and_states[::2], fields_and_states[1::2], strict=True)
    return [field for field, state in states if state[-1] % 2]
