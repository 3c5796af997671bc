from hypothesis import given
from hypothesis import strategies as st

from events.places import FIRST, SPAN, generation_of, logical, real, real_topic
from events.positions import Partition
from schemas.topics import DEAD_LETTERS, TOPICS

TOPIC = st.sampled_from([*(topic.name for topic in TOPICS), DEAD_LETTERS])
GENERATION = st.integers(FIRST, 10_000)
NUMBER = st.integers(0, SPAN - 1)


@given(TOPIC, GENERATION, NUMBER)
def test_what_the_brokers_call_it_and_back(topic: str, generation: int, number: int) -> None:
    partition = logical(real_topic(topic, generation), number)
    assert partition.topic == topic
    assert generation_of(partition) == generation
    assert real(partition) == (real_topic(topic, generation), number)


@given(TOPIC, st.integers(0, SPAN * 1_000))
def test_every_number_is_at_one_place(topic: str, number: int) -> None:
    assert logical(*real(Partition(topic, number))) == Partition(topic, number)


def test_generations_as_they_are_written() -> None:
    assert real(Partition("tweets", 3)) == ("tweets", 3)
    assert real(Partition("tweets", 10_003)) == ("tweets.2", 3)
    assert real(Partition("dead-letters", 20_000)) == ("dead-letters.3", 0)
