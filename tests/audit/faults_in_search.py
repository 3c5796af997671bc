"""Faults in the search index."""

from typing import Any

from projections.search.indexes import PROTECTED, Indexes
from tests.audit.fault import Fault
from tests.audit.scene import ANN, BEN, GONE, HERON, KESTREL, Scene


def _indexes(scene: Scene) -> Indexes:
    return Indexes(scene.stores.search, scene.generation)


async def _set(scene: Scene, index: str, name: int | str, **fields: Any) -> None:
    done = await scene.stores.search.update(index=index, id=str(name), doc=fields)
    assert done["result"] == "updated"


async def a_text_changed(scene: Scene) -> None:
    await _set(scene, _indexes(scene).tweets, KESTREL, text="kestrel")


async def a_like_missed(scene: Scene) -> None:
    await _set(scene, _indexes(scene).tweets, KESTREL, likes=1)


async def a_document_lost(scene: Scene) -> None:
    await scene.stores.search.delete(index=_indexes(scene).tweets, id=f"{BEN}-{KESTREL}")


async def a_document_of_nothing(scene: Scene) -> None:
    await scene.stores.search.index(index=_indexes(scene).tweets, id="5", document={"id": 5})


async def a_deleted_text_found(scene: Scene) -> None:
    await _set(scene, _indexes(scene).tweets, GONE, text="swift")


async def a_field_too_many(scene: Scene) -> None:
    await _set(scene, _indexes(scene).tweets, HERON, parent="5")


async def a_name_changed(scene: Scene) -> None:
    await _set(scene, _indexes(scene).users, ANN, words=["anne"])


async def a_protected_user_open(scene: Scene) -> None:
    await _set(scene, _indexes(scene).state, PROTECTED, ids=[])


FAULTS = (
    Fault("search", a_text_changed, "differs", f"tweet {KESTREL}"),
    Fault("search", a_like_missed, "differs", f"tweet {KESTREL}"),
    Fault("search", a_document_lost, "missing", f"tweet {BEN}-{KESTREL}"),
    Fault("search", a_document_of_nothing, "surplus", "tweet 5"),
    Fault("search", a_deleted_text_found, "differs", f"tweet {GONE}"),
    Fault("search", a_field_too_many, "differs", f"tweet {HERON}"),
    Fault("search", a_name_changed, "differs", f"user {ANN}"),
    Fault("search", a_protected_user_open, "differs", f"protected {BEN}"),
)
