"""A batch folded over what is stored, without a store."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from projections.counters.sources import Source, State, after, source_of
from projections.view import Recorded


class Held(NamedTuple):
    """The state of a source after the event before `offset`, as of which it holds."""

    state: State
    offset: int


class Register(NamedTuple):
    """What the events before `offset` of one partition add up to for one target, by counter."""

    offset: int
    counts: Mapping[str, int]


EMPTY = Register(0, {})


class Change(NamedTuple):
    """What the event at `offset` adds to, or takes from, a counter of a target."""

    offset: int
    target: int
    counter: str
    by: int


class Folded(NamedTuple):
    """The states that changed, in the end, and each change of a counter on the way."""

    states: dict[Source, Held]
    changes: list[Change]


def sources_of(events: Iterable[Recorded]) -> set[Source]:
    return {source for _, event in events if (source := source_of(event)) is not None}


def fold(events: Iterable[Recorded], stored: Mapping[Source, Held]) -> Folded:
    """Events that a stored state has seen change nothing: their changes are in the registers."""
    states: dict[Source, Held] = {}
    changes: list[Change] = []
    for offset, event in events:
        source = source_of(event)
        if source is None:
            continue
        held = states.get(source) or stored.get(source)
        if held is not None and offset < held.offset:
            continue
        before = held.state if held else None
        now = after(event, before)
        if now is None or now is before:
            continue
        states[source] = Held(now, offset + 1)
        gave = before.gives if before else frozenset()
        changes += [Change(offset, *given, 1) for given in now.gives - gave]
        changes += [Change(offset, *given, -1) for given in gave - now.gives]
    return Folded(states, changes)


def uncounted(topic: str, stored: Mapping[Source, Held], registers: Mapping[int, Register]) -> bool:
    """Whether a state of the topic has seen what the registers have not: the store lost counts."""
    return any(
        held.state.topic.name == topic
        and any(held.offset > registers.get(target, EMPTY).offset for target in held.state.changed)
        for held in stored.values()
    )


def registers_after(
    changes: Iterable[Change], stored: Mapping[int, Register]
) -> dict[int, Register]:
    """By target, the registers that change, as they are right after the last change.

    Not as they are at the end of the batch, which would be as true: so they are the same wherever
    batches end, and what was copied from one generation is as new as what the next one says.
    """
    counts: dict[int, dict[str, int]] = {}
    ends: dict[int, int] = {}
    for offset, target, counter, by in changes:
        register = stored.get(target, EMPTY)
        if offset < register.offset:
            continue
        of_target = counts.setdefault(target, dict(register.counts))
        of_target[counter] = of_target.get(counter, 0) + by
        ends[target] = offset + 1
    return {
        target: Register(ends[target], {name: count for name, count in of_target.items() if count})
        for target, of_target in counts.items()
    }
