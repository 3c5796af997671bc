"""Making Snowflake ids."""

from collections.abc import Callable

from events.clock import now_ms
from schemas.ids import EPOCH_MS, SEQUENCE_BITS, TIME_SHIFT, WORKER_BITS

WORKERS = 1 << WORKER_BITS
_SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1


class LeaseExpired(RuntimeError):
    """The worker number may belong to somebody else by now: no id can be made."""


class Snowflakes:
    """Ids of one worker number, strictly increasing, whatever the clock does.

    `floor_ms`: no id is made for this millisecond or an earlier one, since the number's last
    holder may have used them. `valid_until_ms`: the end of the lease; ids past it are refused.
    A clock that steps back, or more than 4,096 ids in a millisecond, make the ids run ahead of
    the clock rather than repeat.
    """

    def __init__(
        self,
        worker: int,
        *,
        floor_ms: int = 0,
        valid_until_ms: int | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._clock = clock
        self._last_ms = floor_ms
        self.move_to(worker, floor_ms=floor_ms, valid_until_ms=valid_until_ms)

    @property
    def worker(self) -> int:
        return self._worker >> SEQUENCE_BITS

    def move_to(self, worker: int, *, floor_ms: int, valid_until_ms: int | None) -> None:
        """Goes on under another worker number, still increasing."""
        if not 0 <= worker < WORKERS:
            raise ValueError(f"worker {worker} is not in 0..{WORKERS - 1}")
        self._worker = worker << SEQUENCE_BITS
        self._last_ms = max(self._last_ms, floor_ms)
        self._sequence = _SEQUENCE_MASK
        self.valid_until_ms = valid_until_ms

    @property
    def last_ms(self) -> int:
        return self._last_ms

    def next(self) -> int:
        """The next id. Raises `LeaseExpired`."""
        now = self._clock()
        last, sequence = self._last_ms, self._sequence
        if now > last:
            last, sequence = now, 0
        elif sequence < _SEQUENCE_MASK:
            sequence += 1
        else:
            last, sequence = last + 1, 0
        if self.valid_until_ms is not None and last >= self.valid_until_ms:
            raise LeaseExpired("the lease on this worker number has run out")
        self._last_ms, self._sequence = last, sequence
        return (last - EPOCH_MS) << TIME_SHIFT | self._worker | sequence
