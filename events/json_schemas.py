"""JSON Schemas of the events as they stand on the log: those of today, and those that are kept.

Kept is one file for each event and version that was ever written, `NAME.VERSION.json`.
"""

from pathlib import Path
from typing import Any

import msgspec

from events.upcasters import CURRENT_VERSION
from schemas.events import Event
from schemas.ids import Id

FOLDER = Path(__file__).resolve().parent.parent / "schemas" / "json"

Schema = dict[str, Any]
Shapes = dict[tuple[str, int], Schema]
"""By an event's name and version."""

_ID = msgspec.json.schema(Id)
_ID_ON_THE_LOG = {"type": "string", "pattern": _ID["pattern"]}


def schema_of(event_type: type[Event]) -> Schema:
    """The shape that `codec.encode` gives to the event: its version is written, ids are strings."""
    schema: Schema = _on_the_log(msgspec.json.schema(event_type))
    own = schema["$defs"][event_type.__name__]
    own["properties"]["v"] = {"const": CURRENT_VERSION[event_type]}
    own["required"].append("v")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _on_the_log(node: Any) -> Any:
    if node == _ID:
        return dict(_ID_ON_THE_LOG)
    if isinstance(node, dict):
        return {key: _on_the_log(below) for key, below in node.items() if key != "description"}
    if isinstance(node, list | tuple):
        return [_on_the_log(below) for below in node]
    return node


def current() -> Shapes:
    return {(kind.__name__, v): schema_of(kind) for kind, v in CURRENT_VERSION.items()}


def kept(folder: Path = FOLDER) -> Shapes:
    return {
        (path.name.split(".")[0], int(path.name.split(".")[1])): msgspec.json.decode(
            path.read_bytes()
        )
        for path in sorted(folder.glob("*.json"))
    }


def keep(shapes: Shapes, folder: Path = FOLDER) -> None:
    for (name, version), schema in shapes.items():
        text = msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=1)
        (folder / f"{name}.{version}.json").write_bytes(text + b"\n")
