"""What posting and editing have in common."""

from collections.abc import Sequence
from typing import TypeVar

from gateway.problems import Problem, invalid
from schemas.api.tweets import CreatedTweet
from schemas.events import Event
from schemas.text import TextRejected, TextTooLong, check

T = TypeVar("T", bound=Event)

TOO_LONG = "Your Tweet text is too long."
"""X's words, by which programs know it."""


def checked_text(text: str) -> str:
    """A tweet's text as it is stored. Raises a 400 `Problem`."""
    try:
        return check(text)
    except TextTooLong as error:
        raise invalid(f"{TOO_LONG} ({error.measured})") from error
    except TextRejected as error:
        raise invalid(f"text: {error}") from error


def checked(text: str, parameter: str) -> str:
    """The text as it is stored. Raises a 400 `Problem` that names the parameter."""
    try:
        return check(text)
    except TextRejected as error:
        raise invalid(f"{parameter}: {error}") from error


def receipt(tweet_id: int, text: str, versions: Sequence[int]) -> CreatedTweet:
    history = [str(version) for version in versions]
    return CreatedTweet(str(tweet_id), text, history, history)


def of_type(event: Event, expected: type[T]) -> T:
    """Raises a 422 `Problem`: the retry of another request gave the event."""
    if not isinstance(event, expected):
        raise Problem(422, "Unprocessable Content", "this Idempotency-Key was another request's")
    return event
