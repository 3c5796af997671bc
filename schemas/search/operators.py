"""What each operator of a query takes, as `name:value`."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast, get_args

from schemas.ids import MAX_ID, first_id_at
from schemas.search.rejection import SHOWN, QueryRejected
from schemas.search.tree import (
    Being,
    From,
    Has,
    Having,
    InConversation,
    InReplyTo,
    Is,
    Lang,
    Leaf,
    Mentions,
    MinLikes,
    Quotes,
    Retweets,
    RetweetsOf,
    Sampled,
    Since,
    To,
    Until,
    Url,
)
from schemas.search.words import words_of_url

MAX_LIKES = 10**12
_username = re.compile("[A-Za-z0-9_]{1,15}").fullmatch
_lang = re.compile("[a-z]{2,3}").fullmatch
_NAMES_OF_X = {"zh-cn": "zh", "zh-tw": "zh", "in": "id", "iw": "he"}
"""Simplified and traditional Chinese, which are one language here; Indonesian and Hebrew by the
codes that they had before 1989."""
_user_id = re.compile("[1-9][0-9]{15,18}").fullmatch
"""Fewer digits may be somebody's name, and no id that is given out here has so few."""
_number = re.compile("[0-9]{1,19}").fullmatch


class ValueWrong(ValueError):
    """The operator does not take this; the text says what it takes."""


def username(value: str) -> str:
    """In lower case."""
    name = value.removeprefix("@")
    if not _username(name):
        raise ValueWrong("a user name: 1 to 15 letters, digits and underscores")
    return name.lower()


def _user(value: str) -> str | int:
    """The name, in lower case, or the id."""
    if _user_id(value) and (number := int(value)) <= MAX_ID:
        return number
    try:
        return username(value)
    except ValueWrong as error:
        raise ValueWrong(f"{error}; or the id of one, of 16 to 19 digits") from error


def leaf(name: str, value: str, column: int) -> Leaf:
    """Raises `QueryRejected`."""
    read = OPERATORS.get(name)
    if read is None:
        raise QueryRejected(
            f'there is no operator {name[:SHOWN]}: (for a link url:"…", for other text quotes)',
            column,
        )
    try:
        return read(value)
    except ValueWrong as error:
        said = f", not {value[:SHOWN]!r}" if value else ", and nothing follows"
        raise QueryRejected(f"{name}: takes {error}{said}", column + len(name) + 1) from error


def _tweet_id(value: str) -> int:
    if not _number(value) or (number := int(value)) > MAX_ID:
        raise ValueWrong("the id of a tweet")
    return number


def _url(value: str) -> Url:
    if not (words := words_of_url(value)):
        raise ValueWrong("a link, or words of one")
    return Url(words)


def _language(value: str) -> Lang:
    named = value.lower()
    lang = _NAMES_OF_X.get(named, named)
    if not _lang(lang):
        raise ValueWrong("a language as two or three letters, such as en")
    return Lang(lang)


def _has(value: str) -> Having:
    name = value.lower()
    what = "videos" if name == "video_link" else name
    if what not in get_args(Has):
        raise ValueWrong(f"one of {', '.join(get_args(Has))}")
    return Having(cast(Has, what))


def _is(value: str) -> Being:
    if (what := value.lower()) not in get_args(Is):
        raise ValueWrong(f"one of {', '.join(get_args(Is))}")
    return Being(cast(Is, what))


def _sample(value: str) -> Sampled:
    if not _number(value) or not 1 <= (percent := int(value)) <= 100:
        raise ValueWrong("a percentage, from 1 to 100")
    return Sampled(percent)


def _min_likes(value: str) -> MinLikes:
    if not _number(value) or (number := int(value)) > MAX_LIKES:
        raise ValueWrong("a number of likes")
    return MinLikes(number)


def _first_id(value: str) -> int:
    try:
        moment = datetime.fromisoformat(value.upper())
        at = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise ValueWrong("a day or time in UTC: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ") from error
    return min(first_id_at(at), MAX_ID)


OPERATORS: dict[str, Callable[[str], Leaf]] = {
    "from": lambda value: From(_user(value)),
    "to": lambda value: To(_user(value)),
    "retweets_of": lambda value: RetweetsOf(_user(value)),
    "retweets_of_user": lambda value: RetweetsOf(_user(value)),
    "mentions": lambda value: Mentions(username(value)),
    "conversation_id": lambda value: InConversation(_tweet_id(value)),
    "in_reply_to_tweet_id": lambda value: InReplyTo(_tweet_id(value)),
    "in_reply_to_status_id": lambda value: InReplyTo(_tweet_id(value)),
    "quotes_of_tweet_id": lambda value: Quotes(_tweet_id(value)),
    "retweets_of_tweet_id": lambda value: Retweets(_tweet_id(value)),
    "url": _url,
    "lang": _language,
    "has": _has,
    "is": _is,
    "sample": _sample,
    "min_likes": _min_likes,
    "since": lambda value: Since(_first_id(value)),
    "until": lambda value: Until(_first_id(value)),
    "since_id": lambda value: Since(min(_tweet_id(value) + 1, MAX_ID)),
    "until_id": lambda value: Until(_tweet_id(value)),
}
"""`since_id:` leaves out the tweet itself, as the parameter of that name does."""
