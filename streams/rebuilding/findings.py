"""What two generations at one place are found to differ in."""

from collections.abc import Collection

from msgspec import Struct

from projections.stores import Stores
from streams.audit.differences import Difference
from streams.lag import reached
from streams.places import log_ends, of_view
from streams.rebuilding import builds
from streams.rebuilding.builds import Build
from streams.rebuilding.claims import Alone
from streams.rebuilding.comparing import Compared
from streams.rebuilding.copies import Copies, compared_copies
from streams.rebuilding.differing import Differing, differing
from streams.rebuilding.filling import FeedOf, bring
from streams.rebuilding.meeting import ALONE_SECONDS, Two, not_fed


class Findings(Struct, frozen=True):
    """In `keys` that the log determines, and in `copies`; None where a view has none of these."""

    keys: Differing = Differing(0, [])
    copies: Copies | None = None

    @property
    def count(self) -> int:
        return self.keys.count + len(self.unsure)

    @property
    def first(self) -> list[Difference]:
        return self.keys.first + (self.copies.first if self.copies else [])

    @property
    def unsure(self) -> Collection[int]:
        """Which copies differ at this place: at a later one they perhaps do not, as `go_on` says"""
        return self.copies.differ if self.copies else ()


async def findings(
    stores: Stores,
    build: Build,
    live: int,
    compared: Compared,
    show: int,
    among: Collection[int] | None = None,
) -> Findings:
    """Of copies only what is `among` these differs, if they are given."""
    keys = Differing(0, [])
    if not compared.equal:
        keys = await differing(build.view, compared.sides, show)
    return Findings(keys, await compared_copies(stores, build, live, show, among))


async def go_on(
    stores: Stores,
    bootstrap: str,
    build: Build,
    two: Two,
    feed_of: FeedOf,
) -> None:
    """Brings the build to where the log ends now, and lets the live view go as far.

    What still differs there, does so: a reader may have had a copy from a store that was further
    on, or a worker have been in the middle of a batch, and both generations come to that now.
    Raises `NotMet`.
    """
    views = (two.rebuilt, *two.used)
    place = {p: end for view in views for p, end in (await log_ends(bootstrap, view)).items()}
    await builds.hold(stores.postgres, build, place)
    for view in two.used:
        try:
            await reached(view, of_view(view, place), seconds=ALONE_SECONDS)
        except TimeoutError as error:
            raise not_fed(view) from error
    await bring(two.rebuilt, of_view(two.rebuilt, place), feed_of, Alone())
