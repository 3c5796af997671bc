from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from projections.view import digest_of
from schemas.text import check
from streams.load import authors_by_followers
from streams.world import FRIENDS, PEOPLE, TWEETS, small_world

ROWS = st.lists(st.binary(max_size=4), max_size=8)


@given(ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_a_digest_does_not_know_the_order_of_rows(both: tuple[list[bytes], list[bytes]]) -> None:
    assert digest_of(both[0]) == digest_of(both[1])


@given(ROWS, ROWS)
def test_a_digest_tells_different_rows_apart(one: list[bytes], other: list[bytes]) -> None:
    assert (digest_of(one) == digest_of(other)) == (Counter(one) == Counter(other))


def test_the_small_world_is_the_same_every_time() -> None:
    world = small_world()
    assert world == small_world()
    assert len(set(world.names)) == len(world.names) == PEOPLE
    assert tuple(world.names[:3]) == FRIENDS
    assert len(set(world.follows)) == len(world.follows)
    assert all(one != other for one, other in world.follows)
    assert len(world.strangers) == 2
    assert not {(stranger, 2) for stranger in world.strangers} & set(world.follows)
    assert len(world.tweets) == TWEETS
    assert all(check(text) == text for _, text in world.tweets)
    assert all(check(answer.text) == answer.text for answer in world.replies + world.quotes)
    for _, _, options, votes in world.questions:
        assert len({voter for voter, _ in votes}) == len(votes)
        assert {option for _, option in votes} <= set(range(1, len(options) + 1))
    for marks in (world.likes, world.dislikes, world.retweets, world.bookmarks):
        assert all(person < PEOPLE and tweet < TWEETS for person, tweet in marks)
    followers = Counter(followee for _, followee in world.follows)
    assert max(followers.values()) > 10 * sorted(followers.values())[len(followers) // 2]


def test_authors_are_drawn_in_proportion_to_their_followers() -> None:
    follows = [(number, 1) for number in range(2, 902)] + [(number, 2) for number in range(3, 103)]
    authors = authors_by_followers(follows, 10_000)
    assert authors == authors_by_followers(reversed(follows), 10_000)
    assert authors != authors_by_followers(follows, 10_000, seed=1)
    written = Counter(authors)
    assert written.keys() == {1, 2}
    assert 8_800 < written[1] < 9_200
