"""What is asked below a tweet with very many replies is what is asked below one with few."""

import itertools

import pytest
from msgspec import json

from bench.client import BadAnswer, Connection
from bench.replies import FEW, MANY, PAGE, probe, reply_of
from projections.mongo import Document
from schemas.tweets import Tweet, Version
from tests.bench.answering import answering

ROOT = Tweet(7 << 22, 1, (Version(7 << 22, "Root", 1),))
PEOPLE = [1, 2, 3]
ASKED = b"GET / HTTP/1.1\r\n\r\n"


def answers(last: int) -> list[bool]:
    """Of the replies of a first page, the newest of which has that number, which are answers to
    others."""
    replies = [reply_of(ROOT, number, PEOPLE) for number in range(last + 1 - PAGE, last + 1)]
    return [is_answer(one) for one in replies]


def is_answer(reply: Document) -> bool:
    return bool(reply["parent"] != reply["root"])


def test_a_first_page_has_answers_in_the_same_places_whatever_the_number_of_replies() -> None:
    assert answers(MANY - 1) == answers(FEW - 1)
    assert 0 < sum(answers(FEW - 1)) < PAGE / 2


def test_an_answer_is_to_the_reply_before_it() -> None:
    replies = [reply_of(ROOT, number, PEOPLE) for number in range(FEW)]
    for before, reply in itertools.pairwise(replies):
        if is_answer(reply):
            assert reply["parent"] == {"id": before["_id"], "author": before["author"]}
            assert not is_answer(before)


async def test_a_page_that_is_too_short_is_not_measured() -> None:
    short, whole = (json.encode({"data": [{"id": "1"}] * size}) for size in (PAGE - 1, PAGE))
    async with answering((200, whole), (200, short)) as port:
        connection = await Connection.open(port)
        await probe(connection, ASKED, PAGE)
        with pytest.raises(BadAnswer, match=f"{PAGE - 1} replies"):
            await probe(connection, ASKED, PAGE)
        connection.close()
