"""Which of the entries of a timeline show a tweet that stands among the next ones already."""

from collections.abc import Sequence


def repetitions(places: Sequence[int], originals: Sequence[int], look_back: int) -> list[int]:
    """The places at which a tweet is not shown: it is among the next `look_back`, which are older.

    `places` are those of the entries, newest first, and `originals` what is shown there. Only where
    it is shown does it count.
    """
    last_shown = dict(zip(originals, places, strict=True))
    again = [(p, o) for p, o in zip(places, originals, strict=True) if last_shown[o] != p]
    left_out = []
    for place, original in reversed(again):
        if last_shown[original] - place > look_back:
            last_shown[original] = place
        else:
            left_out.append(place)
    return left_out[::-1]


def first_showings(places: Sequence[int], originals: Sequence[int], look_back: int) -> list[int]:
    """All other places."""
    left_out = set(repetitions(places, originals, look_back))
    return [place for place in places if place not in left_out]


def cut(originals: Sequence[int], asked: int, look_back: int) -> int:
    """How many entries it takes to show `asked` tweets, if all of them may be shown."""
    enough = asked
    if look_back:
        for place in repetitions(range(len(originals)), originals, look_back):
            if place >= enough:
                break
            enough += 1
    return min(enough, len(originals))


def standing_again(page: int, originals: Sequence[int]) -> list[int]:
    """The places, older than those of the page, that show what the page shows."""
    on_page = set(originals[:page])
    if on_page.isdisjoint(originals[page:]):
        return []
    return [place for place in range(page, len(originals)) if originals[place] in on_page]
