"""That a topic has gone on to another generation, with another number of partitions."""

from msgspec import Struct


class TopicGeneration(Struct, frozen=True):
    """From when this stands on the log, events of `topic` are appended to its `generation`.

    By partition of the generation, what was appended to it first, and not copied, stands at
    `begins` or behind. A view of those named in `views` reads it from that generation of its own
    on, which was built from it; what is older read the generation of the topic before.
    """

    topic: str
    generation: int
    begins: list[int] = []
    views: dict[str, int] = {}
