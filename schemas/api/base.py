"""What the bodies and the query parameters of all endpoints have in common."""

from typing import Annotated, Any

from msgspec import Meta, Struct


def whole(pattern: str) -> str:
    """A pattern of a whole text, for Python and for readers of the document alike.

    In Python `$` alone would let a line break stand behind the text.
    """
    return rf"^{pattern}$(?!\n)"


IdText = Annotated[
    str, Meta(pattern=whole("[0-9]{1,19}"), description="a Snowflake id, as a string")
]


class Command(Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON body. What is not known is refused, lest it be silently left undone."""


class FormCommand(Command, frozen=True):
    """A body that may also come as a form, where bytes are a file; in JSON they are base64."""


class QueryCommand(FormCommand, frozen=True):
    """A form of which fields, or all of them, may stand behind the question mark instead."""


Ignored = Annotated[
    dict[str, Any] | None, Meta(description="taken, whatever it holds, and does nothing")
]
FieldList = Annotated[str, Meta(max_length=1_000, description="names, separated by commas")]
MaxResults = Annotated[int, Meta(ge=1, le=100)]
PageToken = Annotated[str, Meta(max_length=400)]
AsOf = Annotated[
    str, Meta(max_length=40, description="a time (RFC 3339) or an id: answer as all was then")
]
LongToken = Annotated[str, Meta(max_length=2_000)]


def _query_name(field: str) -> str:
    return field.replace("_fields", ".fields")


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_query_name):
    """The parameters behind the question mark."""


class Fields(Query, frozen=True):
    """Which fields to answer with: query parameters that every read of tweets or users takes."""

    tweet_fields: FieldList | None = None
    post_fields: FieldList | None = None
    user_fields: FieldList | None = None
    media_fields: FieldList | None = None
    poll_fields: FieldList | None = None
    place_fields: FieldList | None = None
    expansions: FieldList | None = None


class Lookup(Fields, frozen=True):
    pass


class IdsLookup(Fields, frozen=True, kw_only=True):
    ids: Annotated[str, Meta(pattern=whole("[0-9]{1,19}(,[0-9]{1,19}){0,99}"))]
