"""After whatever happened, no view differs from a plain fold of the log."""

from collections.abc import Callable
from random import SystemRandom

from projections.registry import VIEWS
from projections.stores import Stores
from tests.audit.fed import Fed

DEEDS = 600


async def test_every_view_is_what_the_log_says(
    stores: Stores, record_property: Callable[[str, object], None]
) -> None:
    seed = SystemRandom().randrange(2**32)
    record_property("seed", seed)
    fed = Fed(stores, seed)
    await fed.prepare()
    await fed.live(DEEDS)
    found = {name: [str(one) for one in await fed.audit(name)] for name in VIEWS}
    assert found == {name: [] for name in VIEWS}
    await fed.close()
