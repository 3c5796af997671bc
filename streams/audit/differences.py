"""What a fold expects beside what a view holds."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from msgspec import Struct
from msgspec.structs import asdict

from streams.audit.values import NOTHING, Contents, Leeway


class Difference(Struct, frozen=True):
    """`wanted` and `found` are `NOTHING` where a key is surplus or missing."""

    key: str
    wanted: object
    found: object

    @property
    def kind(self) -> str:
        if self.found is NOTHING:
            return "missing"
        return "surplus" if self.wanted is NOTHING else "differs"

    def shown(self) -> tuple[str, str]:
        """What was wanted and what was found as text, shortened to where they differ."""
        wanted, found = narrowed(self.wanted, self.found)
        return _short(wanted), _short(found)


def differences(wanted: Contents, found: Contents) -> Iterator[Difference]:
    """In the order of the keys expected, then of the surplus ones.

    What is found where nothing is expected is right if it is empty: a reader sees the same.
    """
    for key in chain(wanted, (key for key in found if key not in wanted)):
        want, have = wanted.get(key, NOTHING), found.get(key, NOTHING)
        if isinstance(want, Leeway):
            if not want.allows(have):
                yield Difference(key, want.wanted, have)
        elif want != have and (want is not NOTHING or have):
            yield Difference(key, want, have)


def narrowed(wanted: object, found: object) -> tuple[object, object]:
    """The parts in which two values differ: fields, or entries from the first that does."""
    match wanted, found:
        case Mapping(), Mapping():
            fields = [name for name in (*wanted, *found) if _differ(wanted, found, name)]
            return (
                {name: wanted[name] for name in fields if name in wanted},
                {name: found[name] for name in fields if name in found},
            )
        case Struct(), Struct():
            return narrowed(asdict(wanted), asdict(found))
        case (list(), list()):
            pairs = zip_longest(wanted, found, fillvalue=NOTHING)
            first = next((n for n, (want, have) in enumerate(pairs) if want != have), 0)
            return _from(wanted, first), _from(found, first)
        case _:
            return wanted, found


SHOWN = 3
MOST_CHARACTERS = 300


def _differ(wanted: Mapping[str, object], found: Mapping[str, object], name: str) -> bool:
    return wanted.get(name, NOTHING) != found.get(name, NOTHING)


def _from(entries: Sequence[object], first: int) -> str:
    return f"{len(entries)} entries, from number {first + 1} {entries[first : first + SHOWN]}"


def _short(value: object) -> str:
    if value is NOTHING:
        return "nothing"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
