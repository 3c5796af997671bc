from schemas.topics import TOPIC_OF
from tests.contract.history import history


def test_every_kind_of_event_is_in_the_history() -> None:
    told = {type(event) for events in history(0) for event in events}
    assert told == TOPIC_OF.keys()
