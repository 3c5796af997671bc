from schemas.topics import TOPIC_OF
from tests.contract.history import history


async def test_every_kind_of_event_is_in_the_history() -> None:
    """On the loop of the tests beside it: one on none would have all servers started anew."""
    told = {type(event) for events in history(0) for event in events}
    assert told == TOPIC_OF.keys()
