"""What is to be built after a view that others were built from, where that may differ now."""

from projections.registry import built_from
from streams.console import err


def tell_of_views_built_from(view: str) -> None:
    """They never look again at what they took: a count, say, that has changed and is of the same
    offset."""
    if views := built_from(view):
        commands = ", then ".join(f"./birdlog rebuild {name} --accept" for name in views)
        err.print(
            f"{' and '.join(views)} took from {view} what may be otherwise now: run {commands}",
            highlight=False,
            soft_wrap=True,
        )
