"""MongoDB loses one collection of a view and keeps the others, as after half a restore."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import pytest

from projections.generations import Generations
from projections.mongo import Collection
from projections.registry import VIEWS
from projections.stores import Stores
from tests.projections.marks import liked, retweeted
from tests.projections.memory_log import MemoryLog, deleted, edited, posted, replied, reply_deleted

TWEETS = ("tweets", ("", "_aliases", "_quotes"))
REPLIES = ("replies", ("", "_answered"))
RETWEETS = ("retweets", ("",))
COUNTERS = ("counters", ("_marks", "_posts", "_counts"))
Indexes: TypeAlias = MutableMapping[str, Any]
MadeAgain: TypeAlias = Callable[[Collection, Indexes], Awaitable[None]]
PARTS = [(view, part) for view, parts in (TWEETS, REPLIES, RETWEETS, COUNTERS) for part in parts]


def a_story() -> MemoryLog:
    log = MemoryLog()
    log.append(posted(100, 1), edited(100, 1, 101), posted(200, 2, quote_of=100), posted(300, 1))
    log.append(deleted(300, 1), liked(100, 7), retweeted(100, 7, 400))
    log.append(
        replied(500, 3, (100, 1)), replied(600, 4, (100, 1), (500, 3)), reply_deleted(500, 3)
    )
    return log


async def left_lost(_lost: Collection, _indexes: Indexes) -> None:
    pass


async def by_a_write(lost: Collection, _indexes: Indexes) -> None:
    await lost.insert_one({"_id": "new"})


async def by_a_slow_worker(lost: Collection, indexes: Indexes) -> None:
    """It had looked for the indexes before others created them, and lost them again."""
    for name in indexes.keys() - {"_id_"}:
        await lost.create_index(indexes[name]["key"], name=name)


@pytest.mark.parametrize("made_again", [left_lost, by_a_write, by_a_slow_worker])
@pytest.mark.parametrize(("name", "part"), PARTS)
async def test_one_lost_collection_is_enough_to_read_all_again(
    stores: Stores, generation: int, name: str, part: str, made_again: MadeAgain
) -> None:
    at = Generations(dict.fromkeys(VIEWS, generation))
    counters, view = VIEWS["counters"](stores, at), VIEWS[name](stores, at)
    log = a_story()
    for one in (counters, view):
        await one.prepare()
        await log.feed(one)
    before = await view.digest()
    lost = stores.mongo[f"{name}_g{generation}{part}"]
    indexes = await lost.index_information()
    await lost.drop()
    await made_again(lost, indexes)
    with pytest.raises(view.transient):  # which whoever keeps the view alive asks for
        await view.checkpoints()
    await view.prepare()
    assert not any((await view.checkpoints()).values())
    await lost.delete_one({"_id": "new"})
    await counters.prepare()
    await log.feed(counters, view)
    assert await view.digest() == before
    assert await view.checkpoints()
    for one in (counters, view):
        await one.drop()


async def test_what_an_older_version_has_made_is_not_lost(stores: Stores, generation: int) -> None:
    view = VIEWS["counters"](stores, Generations(counters=generation))
    await view.prepare()
    log = a_story()
    await log.feed(view)
    stands = await view.checkpoints()
    checkpoints = stores.mongo[f"counters_g{generation}_checkpoints"]
    await checkpoints.update_many({}, {"$unset": {"of": ""}})
    assert await view.checkpoints() == stands
    await view.prepare()
    assert await view.checkpoints() == stands
    await checkpoints.update_many({}, {"$unset": {"of": ""}})
    await stores.mongo[f"counters_g{generation}_counts"].drop()
    with pytest.raises(view.transient):
        await view.checkpoints()
    await view.prepare()
    assert not any((await view.checkpoints()).values())
    await view.drop()
