"""What the demo proposes to ask for."""

from streams.demo import Friend, questions
from tests.person import Person


async def test_every_question_of_the_demo_has_an_answer(alice: Person) -> None:
    asked = questions(Friend(alice.id, alice.username, alice.token))
    assert len({what for what, _ in asked}) == len(asked)
    for what, path in asked:
        if path.endswith("/stream"):
            continue  # which has no end
        reply = await alice.call("GET", path)
        assert reply.status == 200, (what, reply.body)
