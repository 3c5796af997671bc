"""The query language of search and of stream rules: X's, where X has the operator."""

from schemas.search.facts import Facts, Said, facts_of
from schemas.search.matching import matches
from schemas.search.parser import parse
from schemas.search.rejection import QueryRejected, pointed
from schemas.search.tree import Node, usernames
from schemas.search.writing import written

__all__ = [
    "Facts",
    "Node",
    "QueryRejected",
    "Said",
    "facts_of",
    "matches",
    "parse",
    "pointed",
    "usernames",
    "written",
]
