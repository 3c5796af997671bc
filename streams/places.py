"""Places in the log, of one view."""

from collections.abc import Iterable, Mapping

from events.positions import Partition
from events.reader import ends_of
from projections.view import View

Place = dict[Partition, int]


async def log_ends(bootstrap: str, view: View) -> Place:
    """Where the log of the view's topics ends now."""
    return await ends_of(bootstrap, [topic.name for topic in view.topics])


def of_view(view: View, place: Mapping[Partition, int]) -> Place:
    """The part of a place that the view has to do with."""
    topics = {topic.name for topic in view.topics}
    return {partition: offset for partition, offset in place.items() if partition.topic in topics}


def furthest(checkpoints: Iterable[Mapping[Partition, int]]) -> Place:
    """Where each partition is at the most."""
    place: Place = {}
    for stored in checkpoints:
        for partition, offset in stored.items():
            place[partition] = max(offset, place.get(partition, 0))
    return place


async def stand_at(views: Iterable[View], place: Mapping[Partition, int]) -> bool:
    """Whether each of the views is there exactly."""
    for view in views:
        stored = await view.checkpoints()
        if any(stored.get(p, 0) != offset for p, offset in of_view(view, place).items()):
            return False
    return True
