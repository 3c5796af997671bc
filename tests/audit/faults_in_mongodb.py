"""Faults in the stores of tweets, replies and retweets, and in the counters."""

from typing import Any

from bson.int64 import Int64

from projections.mongo import Collection
from tests.audit.fault import Fault
from tests.audit.scene import ANSWER, BELOW, BEN, GONE, HERON, KESTREL, Scene


def _of(scene: Scene, view: str, part: str = "") -> Collection:
    return scene.stores.mongo[f"{view}_g{scene.generation}{part}"]


async def _set(collection: Collection, name: Any, **fields: Any) -> None:
    changed = await collection.update_one({"_id": name}, {"$set": fields})
    assert changed.modified_count == 1


async def _remove(collection: Collection, name: Any) -> None:
    assert (await collection.delete_one({"_id": name})).deleted_count == 1


async def a_wording_changed(scene: Scene) -> None:
    versions = [{"id": Int64(HERON), "text": "Herring", "at": Int64(0)}]
    await _set(_of(scene, "tweets"), HERON, versions=versions)


async def a_tweet_lost(scene: Scene) -> None:
    await _remove(_of(scene, "tweets"), KESTREL)


async def a_tweet_that_nobody_posted(scene: Scene) -> None:
    await _of(scene, "tweets").insert_one({"_id": Int64(5), "author": 1, "deleted": False})


async def a_deleted_tweet_back(scene: Scene) -> None:
    await _set(_of(scene, "tweets"), GONE, deleted=False)


async def a_version_without_its_tweet(scene: Scene) -> None:
    await _remove(_of(scene, "tweets", "_aliases"), KESTREL + 1)


async def a_quote_of_another(scene: Scene) -> None:
    await _set(_of(scene, "tweets", "_quotes"), HERON, of=Int64(GONE))


async def a_like_too_many(scene: Scene) -> None:
    await _set(_of(scene, "replies"), ANSWER, likes=2)


async def a_hidden_reply_shown(scene: Scene) -> None:
    await _set(_of(scene, "replies"), BELOW, hidden=False)


async def an_answer_forgotten(scene: Scene) -> None:
    await _remove(_of(scene, "replies", "_answered"), ANSWER)


async def a_retweet_undone(scene: Scene) -> None:
    await _set(_of(scene, "retweets"), f"{BEN}:{KESTREL}", retweet=None)


async def a_count_changed(scene: Scene) -> None:
    collection = _of(scene, "counters", "_counts")
    found = await collection.find_one({"_id": HERON})
    assert found is not None
    (partition,) = found["c"]
    await _set(collection, HERON, c={partition: {"o": found["c"][partition]["o"], "bookmarks": 2}})


async def a_mark_lost(scene: Scene) -> None:
    await _remove(_of(scene, "counters", "_marks"), f"bookmark:{BEN}:{HERON}")


async def a_post_of_another(scene: Scene) -> None:
    await _set(_of(scene, "counters", "_posts"), HERON, author=Int64(BEN))


FAULTS = (
    Fault("tweets", a_wording_changed, "differs", f"tweet {HERON}"),
    Fault("tweets", a_tweet_lost, "missing", f"tweet {KESTREL}"),
    Fault("tweets", a_tweet_that_nobody_posted, "surplus", "tweet 5"),
    Fault("tweets", a_deleted_tweet_back, "differs", f"tweet {GONE}"),
    Fault("tweets", a_version_without_its_tweet, "missing", f"version {KESTREL + 1}"),
    Fault("tweets", a_quote_of_another, "differs", f"quote {HERON}"),
    Fault("replies", a_like_too_many, "differs", f"reply {ANSWER}"),
    Fault("replies", a_hidden_reply_shown, "differs", f"reply {BELOW}"),
    Fault("replies", an_answer_forgotten, "missing", f"answered {ANSWER}"),
    Fault("retweets", a_retweet_undone, "differs", f"retweet by {BEN} of {KESTREL}"),
    Fault("counters", a_count_changed, "differs", f"counts {HERON}"),
    Fault("counters", a_mark_lost, "missing", f"mark bookmark:{BEN}:{HERON}"),
    Fault("counters", a_post_of_another, "differs", f"post {HERON}"),
)
