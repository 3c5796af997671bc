"""What people ask of the gateway next: a kind drawn from the seed, about what there is by then."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from streams.chaos.ledger import PREFIX

NOBODY = "7"
TOO_LONG = "herons " * 100


class Asked(NamedTuple):
    method: str
    path: str
    body: dict[str, Any] | None = None


class Known(Struct):
    """Ids of people, and of the tweets that were acknowledged; deleted ones stay among them."""

    people: list[str]
    tweets: list[str] = field(default_factory=list)


class Persona(Struct):
    """One person, and what the person has written."""

    number: int
    user_id: str
    token: str
    own: list[str] = field(default_factory=list)


Ask = Callable[[random.Random, Persona, Known, str], Asked]


def _tweet(known: Known, chance: random.Random) -> str:
    return chance.choice(known.tweets[-200:]) if known.tweets else NOBODY


def _own(persona: Persona, chance: random.Random) -> str:
    return chance.choice(persona.own[-50:]) if persona.own else NOBODY


def _post(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    return Asked("POST", "/2/tweets", {"text": text})


def _reply(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    answered = {"in_reply_to_tweet_id": _tweet(known, chance)}
    return Asked("POST", "/2/tweets", {"text": text, "reply": answered})


def _quote(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    return Asked("POST", "/2/tweets", {"text": text, "quote_tweet_id": _tweet(known, chance)})


def _edit(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    edited = {"previous_post_id": _own(me, chance)}
    return Asked("POST", "/2/tweets", {"text": text, "edit_options": edited})


def _delete(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    return Asked("DELETE", f"/2/tweets/{_own(me, chance)}")


def _marked(what: str) -> Ask:
    def ask(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
        return Asked("POST", f"/2/users/{me.user_id}/{what}", {"tweet_id": _tweet(known, chance)})

    return ask


def _unmarked(what: str) -> Ask:
    def ask(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
        return Asked("DELETE", f"/2/users/{me.user_id}/{what}/{_tweet(known, chance)}")

    return ask


def _follow(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    target = {"target_user_id": chance.choice(known.people)}
    return Asked("POST", f"/2/users/{me.user_id}/following", target)


def _unfollow(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    return Asked("DELETE", f"/2/users/{me.user_id}/following/{chance.choice(known.people)}")


def _profile(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    # never what it is already, which is acknowledged and no event
    return Asked("PUT", "/2/users/me", {"description": f"{chance.getrandbits(32)}: {text}"[:100]})


def _misspoken(chance: random.Random, me: Persona, known: Known, text: str) -> Asked:
    """What must be refused."""
    bodies: Sequence[dict[str, Any]] = (
        {"text": ""},
        {"text": TOO_LONG},
        {"text": text, "quote_tweet_id": NOBODY},
        {"text": text, "reply": {"in_reply_to_tweet_id": NOBODY}},
    )
    return Asked("POST", "/2/tweets", chance.choice(bodies))


KINDS: dict[str, tuple[int, Ask]] = {
    "post": (30, _post),
    "reply": (12, _reply),
    "quote": (4, _quote),
    "edit": (6, _edit),
    "delete": (3, _delete),
    "like": (12, _marked("likes")),
    "unlike": (4, _unmarked("likes")),
    "dislike": (3, _marked("dislikes")),
    "bookmark": (3, _marked("bookmarks")),
    "retweet": (6, _marked("retweets")),
    "undo retweet": (2, _unmarked("retweets")),
    "follow": (6, _follow),
    "unfollow": (2, _unfollow),
    "profile": (2, _profile),
    "misspoken": (4, _misspoken),
}
"""How often, and what is asked. Each writes one event, whatever was before."""

TWEETING = frozenset({"post", "reply", "quote"})


class Command(Struct, frozen=True):
    """With `keyed`, it goes out with an Idempotency-Key, and again while nobody knows."""

    name: str
    kind: str
    asked: Asked
    keyed: bool


class Whims:
    """One person's commands. The seed alone decides kinds and keys, in order."""

    def __init__(self, seed: int, me: Persona, known: Known, texts: Sequence[str]) -> None:
        self._kinds = random.Random(f"{seed} kinds {me.number}")  # noqa: S311
        self._targets = random.Random(f"{seed} targets {me.number}")  # noqa: S311
        self._seed, self._me, self._known, self._texts = seed, me, known, texts
        self._count = 0

    def next(self) -> Command:
        (kind,) = self._kinds.choices(list(KINDS), [weight for weight, _ in KINDS.values()])
        keyed = self._kinds.random() < 0.5
        text = self._kinds.choice(self._texts)
        asked = KINDS[kind][1](self._targets, self._me, self._known, text)
        self._count += 1
        return Command(f"{PREFIX}-{self._seed}-{self._me.number}-{self._count}", kind, asked, keyed)
