"""What a fold may expect of a key beside one exact value."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

Contents: TypeAlias = Mapping[str, object]
"""By readable key what a view holds there, or must hold: a value, or a `Leeway`."""


class Nothing(Enum):
    NOTHING = "nothing"


NOTHING = Nothing.NOTHING
"""What is found at a key that is not there."""


@runtime_checkable
class Leeway(Protocol):
    """Where a view has a choice."""

    @property
    def wanted(self) -> object:
        """To show beside what was found."""

    def allows(self, found: object) -> bool:
        """Whether `found`, perhaps `NOTHING`, is right."""


class IfAny(Struct, frozen=True):
    """Nothing, or one of these."""

    values: tuple[object, ...]

    @property
    def wanted(self) -> object:
        return self.values[0] if len(self.values) == 1 else self.values

    def allows(self, found: object) -> bool:
        return found is NOTHING or found in self.values
