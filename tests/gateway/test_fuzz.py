"""Whatever is sent, the gateway answers with a result or a problem, never with a 5xx."""

import gc
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from gateway.endpoints import Endpoint
from gateway.modules import ENDPOINTS
from tests.person import Person, Reply

pytestmark = pytest.mark.filterwarnings(  # it is the threads of the MongoDB driver that use it
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
odd_text = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "null",
        "nan",
        "1e9",
        "9" * 19,
        "9" * 20,
        "a,b",
        "\x00",
        "%00",
        "%FF",
        "💥",
    ]
)
tweet_like = st.fixed_dictionaries(
    {"text": st.text() | anything},
    optional={
        "quote_tweet_id": odd_text | anything,
        "edit_options": st.fixed_dictionaries({"previous_post_id": odd_text | anything}) | anything,
        "reply": anything,
    },
)
parameters = st.dictionaries(
    st.sampled_from(
        [
            "ids",
            "usernames",
            "max_results",
            "pagination_token",
            "since_id",
            "until_id",
            "start_time",
            "end_time",
            "exclude",
            "expansions",
            "tweet.fields",
            "post.fields",
            "user.fields",
        ]
    )
    | odd_text,
    odd_text,
    max_size=4,
)
headers = st.dictionaries(
    st.sampled_from(["X-Min-Position", "Idempotency-Key", "X-Request-ID"]),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=20),
)
values = odd_text | st.sampled_from(
    [
        "10",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00+99:99",
        "hour",
        "daily",
        "relevancy",
        "kestrel",
        "from:ada -is:retweet",
        "(kestrel OR",
        'min_likes:9 "',
        "since:0001-01-01",
        "author_id,created_at",
        "3_1,7_1",
    ]
)
READS = [one for one in ENDPOINTS if one.method == "GET" and not one.endless]
OWN = "\N{BUST IN SILHOUETTE}"
"""Stands for the own id in a path."""


class Asked(NamedTuple):
    path: str
    query: dict[str, str]


def asked_of(endpoint: Endpoint) -> st.SearchStrategy[Asked]:
    """Whatever its path may hold, all that it must be asked with, and some more."""
    places = st.just(OWN) | odd_text.map(lambda text: quote(text, safe="") or "0")
    paths = st.tuples(*[places] * endpoint.path.count("{")).map(
        lambda found: re.sub(r"{\w+}", "{}", endpoint.path).format(*found)
    )
    taken = fields(endpoint.query) if endpoint.query else ()
    needed = st.fixed_dictionaries({f.encode_name: values for f in taken if f.required})
    known = st.sampled_from([field.encode_name for field in taken]) if taken else st.nothing()
    more = st.dictionaries(known | known | odd_text, values, max_size=3)
    return st.builds(Asked, paths, st.builds(dict[str, str].__or__, more, needed))


asked = st.sampled_from(READS).flatmap(asked_of)


@pytest.fixture(scope="module", autouse=True)
def _files_are_closed() -> Iterator[None]:
    """While the warning of them is ignored."""
    yield
    gc.collect()


def is_answered(reply: Reply) -> None:
    assert reply.status < 500, reply.body
    assert isinstance(reply.body, dict)
    if reply.status >= 400:
        assert reply.body["status"] == reply.status
        assert reply.body["detail"]


@fuzz
@given(body=anything | tweet_like)
async def test_any_json_as_a_tweet(alice: Person, body: Any) -> None:
    sent = json.dumps(body).encode()
    header = {"Content-Type": "application/json"}
    is_answered(await alice.call("POST", "/2/tweets", data=sent, headers=header))


@fuzz
@given(body=st.binary())
async def test_any_bytes_as_a_body(alice: Person, body: bytes) -> None:
    for path in ("/2/tweets", f"/2/users/{alice.id}/following"):
        is_answered(await alice.call("POST", path, data=body))


part_headers = st.sampled_from(
    [
        b"Content-Type: text/plain; charset=utf-16",
        b"Content-Type: text/plain; charset=foo",
        b"Content-Type: image/png",
        b"Content-Type: multipart/mixed; boundary=y",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: foo",
        b"Content-Encoding: gzip",
        b"Content-Disposition: form-data",
    ]
)
parts = st.builds(
    lambda name, more, value: b"\r\n".join([name, *more, b"", value]),
    st.sampled_from(
        [b"command", b"media", b"media_type", b"total_bytes", b"media_id", b"_charset_"]
    )
    .map(lambda name: b'Content-Disposition: form-data; name="%s"' % name)
    .flatmap(lambda named: st.sampled_from([named, named + b'; filename="x"', named[:-1]])),
    st.lists(part_headers | st.binary(max_size=20), max_size=2),
    st.sampled_from([b"INIT", b"APPEND", b"image/png", b"1", b"-1", b"9" * 30]) | st.binary(),
)
forms = st.lists(parts, max_size=4).map(
    lambda sent: b"".join(b"--x\r\n" + part + b"\r\n" for part in sent) + b"--x--\r\n"
)
form_kinds = st.sampled_from(
    [f"application/x-www-form-urlencoded; charset={name}" for name in ("utf-8", "utf-16", "foo")]
    + ["multipart/form-data; boundary=x", "multipart/form-data"]
)


@fuzz
@given(body=forms | st.binary(), kind=form_kinds)
async def test_any_form(alice: Person, body: bytes, kind: str) -> None:
    header = {"Content-Type": kind}
    for path in ("/2/media/upload", "/2/media/upload/initialize", "/1.1/media/upload.json"):
        reply = await alice.call("POST", path, data=body, headers=header)
        if reply.status != 204:
            is_answered(reply)


@settings(fuzz, max_examples=8 * len(READS))
@given(asked=asked, sent=headers)
async def test_any_path_query_and_headers(
    alice: Person, asked: Asked, sent: Mapping[str, str]
) -> None:
    path = asked.path.replace(OWN, alice.id)
    is_answered(await alice.call("GET", path, params=asked.query, headers=sent))


@fuzz
@given(query=parameters)
async def test_any_query_of_ones_own_lists(alice: Person, query: Mapping[str, str]) -> None:
    for path in (alice.home_path, f"/2/users/{alice.id}/tweets", f"/2/users/{alice.id}/followers"):
        is_answered(await alice.call("GET", path, params=query))


@pytest.mark.parametrize("body", [b'{"text": "\\ud83d"}', b'{"text": "\\ud83d\\udc26"}'])
async def test_surrogates_are_answered(alice: Person, body: bytes) -> None:
    header = {"Content-Type": "application/json"}
    is_answered(await alice.call("POST", "/2/tweets", data=body, headers=header))
