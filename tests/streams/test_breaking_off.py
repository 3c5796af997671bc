"""What is said of a repartition that breaks off."""

import asyncio

import pytest

from schemas.explained import Explained
from streams.repartitioning.breaking_off import Standing, Where, told


@pytest.mark.parametrize(
    ("where", "begin"),
    [
        ("as it was", "lists is as it was: run ./birdlog repartition lists 6 to go on"),
        ("closed", "lists may be closed: writes to it are answered 503 until you run ./birdlog"),
        ("gone on", "lists has 6 partitions now, but views that read it may be yet to follow"),
        ("followed", "lists has 6 partitions now, and views read it there: run ./birdlog"),
    ],
)
def test_an_interruption_tells_where_the_topic_stands(where: Where, begin: str) -> None:
    said, standing = list[str](), Standing("lists", 6)
    standing.where = where
    with pytest.raises(asyncio.CancelledError), told(standing, said.append):
        raise asyncio.CancelledError
    (line,) = said
    assert line.startswith(begin)
    assert "./birdlog repartition lists 6" in line


@pytest.mark.parametrize(
    ("where", "end"),
    [
        ("as it was", "6 --forget to begin anew"),
        ("closed", "6 --forget"),
        ("gone on", "6 --forget"),
        ("followed", "was read before, and to empty what it was copied from"),
    ],
)
def test_it_tells_what_is_left_to_forget(where: Where, end: str) -> None:
    standing = Standing("lists", 6, forget=True)
    standing.where = where
    assert standing.said().endswith(end)


def test_what_explains_itself_is_not_told_of_twice() -> None:
    said: list[str] = []
    with pytest.raises(Explained), told(Standing("lists", 6), said.append):
        raise Explained("something else is being done")
    assert said == []
    standing = Standing("lists", 6)
    standing.where = "gone on"
    with pytest.raises(Explained), told(standing, said.append):
        raise Explained("graph is behind the log")
    assert said == [standing.said()]
