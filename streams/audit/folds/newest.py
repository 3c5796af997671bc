"""What a timeline of bounded length may hold.

What is deleted may have taken a place in the list before it went, or still does. So where a list
may have been cut, as many of the newest entries are certain as it has places, less those that may
have been taken.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from msgspec import Struct

from schemas.tweets import Entry
from streams.audit.folds.posted import Posted
from streams.audit.values import NOTHING


class Newest(Struct, frozen=True):
    """`stands` newest first, of which the first `sure` must be there; beside them `spare` may.

    With `gapless`, also all others that are newer than the last one there.
    """

    stands: Sequence[Entry]
    sure: int
    spare: Collection[Entry] = ()
    gapless: bool = False

    @property
    def wanted(self) -> object:
        return list(self.stands[: self.sure])

    def allows(self, found: object) -> bool:
        if found is NOTHING:
            found = []
        if not isinstance(found, list):
            return False
        known = [entry for entry in found if entry not in self.spare]
        return (
            all(newer.tweet_id > older.tweet_id for newer, older in pairwise(found))
            and known[: self.sure] == self.stands[: self.sure]
            and set(self.stands).issuperset(known)
            and (not self.gapless or known == self.stands[: len(known)])
        )


class Home(Struct, frozen=True):
    """Of one user's home, if it is there: the newest of `authors`, and perhaps of `famous`.

    `left` are authors that were followed once. What was under way from them is hidden from readers,
    but has a place.
    """

    authors: Sequence[Posted]
    famous: Sequence[Posted]
    left: Sequence[Posted]
    places: int

    @property
    def wanted(self) -> object:
        return self._newest().wanted

    def allows(self, found: object) -> bool:
        return found is NOTHING or self._newest().allows(found)

    def _newest(self) -> Newest:
        stands = sorted((entry for one in self.authors for entry in one.stands), reverse=True)
        spare = {entry for one in self.authors for entry in one.gone}
        spare.update(entry for one in self.famous for entry in one.all)
        taken = len(spare) + sum(len(one.all) for one in self.left)
        return Newest(stands, max(0, min(len(stands), self.places - taken)), spare)


def author_list(of_author: Posted, places: int) -> Newest:
    stands = sorted(of_author.stands, reverse=True)
    taken = len(of_author.gone)
    sure = max(0, min(len(stands), places - taken))
    return Newest(stands, sure, gapless=True)
