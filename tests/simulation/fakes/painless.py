"""The views' Painless scripts in Python, each under its own source.

A script changes the document in place, and answers whether it is to be written.
"""

from collections.abc import Callable
from typing import Any

from projections.checkpoints.elasticsearch import ADVANCE, BEGIN
from projections.search.likes import _COPY
from projections.search.operations import _DELETE, _EDIT
from projections.search.protection import _PROTECT

Document = dict[str, Any]
Script = Callable[[Document, Document], bool]


def _begin(document: Document, params: Document) -> bool:
    if params["number"] in document:
        return False
    document[params["number"]] = 0
    document.setdefault("since", {})[params["number"]] = params["now"]
    return True


def _advance(document: Document, params: Document) -> bool:
    stored = document.get(params["number"], -1)
    since = document.get("since", {}).get(params["number"], 0)
    if since != params["since"] or not params["start"] <= stored < params["next"]:
        return False
    document[params["number"]] = params["next"]
    return True


def _copy(document: Document, params: Document) -> bool:
    if document.get("deleted") or document["likes_as_of"] >= params["as_of"]:
        return False
    document |= {"likes": params["likes"], "likes_as_of": params["as_of"]}
    return True


def _edit(document: Document, params: Document) -> bool:
    if document.get("deleted") or document["author"] != params["author"]:
        return False
    if document["version"] >= params["version"]:
        return False
    held = sorted({*params["told"], *document.get("media", ())})
    document |= {**params["fields"], "held": held, "version": params["version"]}
    return True


def _delete(document: Document, params: Document) -> bool:
    if document.get("deleted") or document["author"] != params["author"]:
        return False
    document.clear()
    document["deleted"] = True
    return True


def _protect(document: Document, params: Document) -> bool:
    changed = False
    for one in params["users"]:
        seen = document["seen"].get(one["user"])
        if one["protected"] if seen is None else seen < one["offset"]:
            changed = True
            document["seen"][one["user"]] = one["offset"]
            document["ids"] = [user for user in document["ids"] if user != one["user"]]
            if one["protected"]:
                document["ids"].append(one["user"])
    return changed


SCRIPTS: dict[str, Script] = {
    BEGIN: _begin,
    ADVANCE: _advance,
    _COPY: _copy,
    _EDIT: _edit,
    _DELETE: _delete,
    _PROTECT: _protect,
}
