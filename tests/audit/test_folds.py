"""The folds and the comparer alone, without any store."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.activity import Activity
from events.positions import Partition
from events.snowflake import Snowflakes
from projections.registry import VIEWS
from projections.view import Recorded
from schemas.events import Event
from schemas.topics import TOPIC_OF, TOPICS
from schemas.tweets import Entry, Tweet
from streams.audit.differences import Difference, differences
from streams.audit.folds import FOLDS, expected
from streams.audit.folds.cache import expected as cached
from streams.audit.folds.newest import Home, Newest
from streams.audit.folds.posted import Posted
from streams.audit.folds.timelines import expected as timelines
from streams.audit.folds.told import Told
from streams.audit.folds.viewers import MayTell, Viewed
from streams.audit.values import NOTHING, Contents, IfAny
from tests.projections.memory_log import deleted, edited, followed, posted, unfollowed

ANN, BEN = 16, 32
DEEDS = st.integers(0, 2**32)


def told(events: Sequence[Event], partitions: int = 1) -> Told:
    found: dict[Partition, list[Recorded]] = {
        Partition(topic.name, number): [] for topic in TOPICS for number in range(partitions)
    }
    for event in events:
        topic = TOPIC_OF[type(event)]
        place = found[Partition(topic.name, topic.key_of(event) // 16 % partitions)]
        place.append(Recorded(len(place), event))
    return found


def deeds(seed: int, count: int = 60) -> list[Event]:
    activity = Activity(seed, Snowflakes(seed % 1024), people=4)
    return [*activity.registrations(), *(activity.next() for _ in range(count))]


def entries(*tweets: int) -> list[Entry]:
    return [Entry(tweet, ANN, tweet) for tweet in tweets]


def test_every_view_has_a_fold() -> None:
    assert FOLDS.keys() == VIEWS.keys()


def test_the_cache_may_be_marked_by_a_post_whose_clock_was_ahead_of_its_edit() -> None:
    def marks(tweet: int, version: int) -> IfAny:
        allowed = cached(told([posted(tweet, ANN), edited(tweet, ANN, version)]))[f"tweet {tweet}"]
        assert isinstance(allowed, IfAny)
        return IfAny(tuple(one for one in allowed.values if isinstance(one, dict)))

    assert marks(100, 120) == IfAny(({"edited": 120},))
    assert marks(100, 90) == IfAny(({"edited": 90}, {"edited": 100}))


def test_the_cache_may_be_marked_by_an_edit_that_came_after_the_deletion() -> None:
    def allowed(*events: Event) -> IfAny:
        found = cached(told([posted(100, ANN), *events]))["tweet 100"]
        assert isinstance(found, IfAny)
        return found

    edit, deletion = edited(100, ANN, 120), deleted(100, ANN)
    assert allowed(edit, deletion) == IfAny(("deleted",))
    assert allowed(deletion, edit) == IfAny(({"edited": 120}, "deleted"))


def test_versions_stand_in_the_order_of_their_ids_whatever_that_of_the_log() -> None:
    log = told([posted(100, ANN, "one"), edited(100, ANN, 120, "three"), edited(100, ANN, 110)])
    stored = expected("tweets", log)["tweet 100"]
    assert isinstance(stored, dict)
    assert [version["id"] for version in stored["versions"]] == [100, 110, 120]
    allowed = cached(log)["tweet 100"]
    assert isinstance(allowed, IfAny)
    kept = allowed.values[0]
    assert isinstance(kept, Tweet)
    assert (kept.newest, kept.text) == (120, "three")


@settings(max_examples=30, deadline=None)
@given(DEEDS)
def test_the_order_of_partitions_does_not_matter(seed: int) -> None:
    log = told(deeds(seed), partitions=3)
    renumbered = {Partition(topic, 2 - number): found for (topic, number), found in log.items()}
    for name in VIEWS.keys() - {"counters"}:  # whose keys name the partitions
        assert expected(name, log) == expected(name, renumbered)


@settings(max_examples=30, deadline=None)
@given(DEEDS)
def test_what_happened_twice_in_a_row_happened_once(seed: int) -> None:
    once = deeds(seed)
    twice = [event for event in once for _ in range(2)]
    for name in sorted(VIEWS.keys() - {"retweets", "cache", "search", "replies", "counters"}):
        # the others keep offsets, which the repetitions move
        want, have = expected(name, told(once)), expected(name, told(twice))
        assert _without_offsets(want) == _without_offsets(have)


def _without_offsets(rows: Contents) -> Contents:
    return {k: v for k, v in rows.items() if not k.startswith(("silenced for", "left"))}


def test_a_home_shows_whom_one_follows() -> None:
    events = [posted(1, ANN), posted(2, BEN), followed(BEN, ANN), posted(3, ANN), deleted(3, ANN)]
    rows = timelines(told(events))
    home = rows[f"home {BEN}"]
    assert isinstance(home, Home)
    right = [Entry(2, BEN, 2), Entry(1, ANN, 1)]
    assert home.allows(right)
    assert home.allows([Entry(3, ANN, 3), *right]), "what is deleted is left out when read"
    assert home.allows(NOTHING), "who does not read has no home"
    assert not home.allows(right[:1])
    assert not home.allows([*right, Entry(0, ANN, 0)])
    assert not home.allows(right[::-1])
    open_home = rows[f"open home {BEN}"]
    assert isinstance(open_home, Home)
    assert open_home.allows(right[1:])
    assert not open_home.allows([Entry(5, ANN, 5)])


def test_who_left_is_not_in_the_home() -> None:
    rows = timelines(told([posted(1, ANN), followed(BEN, ANN), unfollowed(BEN, ANN)]))
    right = {f"author {ANN}": entries(1), f"hidden from {BEN}: {ANN}": "hidden"}
    assert list(differences(rows, right | {f"home {BEN}": []})) == []
    (wrong,) = differences(rows, right | {f"home {BEN}": entries(1)})
    assert (wrong.kind, wrong.key) == ("surplus", f"home {BEN}")


def test_a_full_list_may_end_anywhere_below_its_places() -> None:
    newest = Newest(entries(5, 4, 3, 2, 1), sure=3)
    assert newest.allows(entries(5, 4, 3))
    assert newest.allows(entries(5, 4, 3, 2))
    assert not newest.allows(entries(5, 4))
    assert not newest.allows(entries(5, 3, 2, 1))
    assert not newest.allows(entries(5, 5, 4, 3))


def test_what_is_deleted_may_have_taken_a_place() -> None:
    events = [*(posted(n, ANN) for n in range(1, 7)), deleted(5, ANN)]
    author = timelines(told(events), cap=4)[f"author {ANN}"]
    assert isinstance(author, Newest)
    assert author.allows(entries(6, 4, 3))
    assert author.allows(entries(6, 4, 3, 2))
    assert not author.allows(entries(6, 4, 3, 1)), "readers go on below the last one"
    assert not author.allows(entries(6, 4))
    assert not author.allows(entries(6, 5, 4, 3))


def test_what_is_posted_again_behind_its_deletion_stays_deleted() -> None:
    rows = timelines(told([posted(1, ANN), deleted(1, ANN), posted(1, ANN)]))
    author, home = rows[f"author {ANN}"], rows[f"home {ANN}"]
    assert isinstance(author, Newest)
    assert author.allows([])
    assert not author.allows(entries(1))
    assert isinstance(home, Home)
    assert home.allows(entries(1)), "it is left out when read"


def test_celebrities_are_in_homes_or_not() -> None:
    events = [posted(1, ANN), followed(BEN, ANN)]
    home = timelines(told(events), celebrity=1)[f"home {BEN}"]
    assert isinstance(home, Home)
    assert home.allows([])
    assert home.allows(entries(1))
    assert home.famous == [Posted(stands=set(entries(1)))]


def test_a_viewer_is_told_all_above_the_floor() -> None:
    may = MayTell(frozenset({(5, "like"), (9, "bookmark")}))
    assert may.allows(NOTHING)
    assert may.allows(Viewed(7, frozenset({(9, "bookmark")})))
    assert may.allows(Viewed(7, may.done))
    assert not may.allows(Viewed(0, frozenset({(9, "bookmark")})))
    assert not may.allows(Viewed(7, frozenset({(9, "bookmark"), (5, "dislike")})))


def test_differences_name_what_is_missing_surplus_and_wrong() -> None:
    wanted = {"one": {"a": 1, "b": 2}, "two": True, "three": IfAny(("x",)), "four": IfAny(("y",))}
    found = {"one": {"a": 1, "b": 3}, "four": "z", "five": 5, "six": {}}
    assert list(differences(wanted, found)) == [
        Difference("one", {"a": 1, "b": 2}, {"a": 1, "b": 3}),
        Difference("two", True, NOTHING),
        Difference("four", "y", "z"),
        Difference("five", NOTHING, 5),
    ]
    kinds = [one.kind for one in differences(wanted, found)]
    assert kinds == ["differs", "missing", "differs", "surplus"]


def test_a_difference_is_shown_where_it_is() -> None:
    assert Difference("key", {"a": 1, "b": 2}, {"a": 1, "b": 3}).shown() == ("{'b': 2}", "{'b': 3}")
    assert Difference("key", {"a": 1}, {"c": 3}).shown() == ("{'a': 1}", "{'c': 3}")
    assert Difference("key", NOTHING, 5).shown() == ("nothing", "5")
    wanted, found = Difference("key", [1, 2, 3, 4, 5], [1, 2, 4, 5]).shown()
    assert (wanted, found) == (
        "5 entries, from number 3 [3, 4, 5]",
        "4 entries, from number 3 [4, 5]",
    )
    long = Difference("key", "a" * 1_000, NOTHING).shown()[0]
    assert len(long) == 301
