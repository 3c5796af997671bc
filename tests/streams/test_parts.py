from projections.registry import VIEWS
from streams.parts import WORKERS


def test_every_view_has_one_worker() -> None:
    shared = [view for views in WORKERS.values() for view in views]
    assert sorted(shared) == sorted(VIEWS)
