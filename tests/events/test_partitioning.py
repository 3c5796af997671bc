"""Keys are where every other producer of Kafka's would put them."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from events.partitioning import partition_of


@given(st.binary(max_size=500), st.integers(1, 10_000))
def test_any_key_is_where_aiokafka_puts_it(key: bytes, count: int) -> None:
    numbers = list(range(count))
    assert partition_of(key, count) == DefaultPartitioner()(key, numbers, numbers)
