"""What is wrong is refused, with the right status and a sentence that says what."""

import asyncio
import json
import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway import bodies
from schemas.fields import NAMES
from tests.gateway.asking import Known, is_of_names, parameters, question, reads
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply

JSON = {"Content-Type": "application/json"}
TOO_LARGE_ID = str(2**63)
NOT_IDS = [
    "abc",
    "-1",
    "1.5",
    "0x10",
    "1e3",
    "%20",
    "٣",
    "1%0A",
    TOO_LARGE_ID,
    "9" * 20,
    "1" * 5_000,
]


async def post(person: Person, body: Any, path: str = "/2/tweets") -> Reply:
    return await person.call("POST", path, json=body)


async def post_raw(person: Person, body: bytes, headers: dict[str, str] = JSON) -> Reply:
    return await person.call("POST", "/2/tweets", data=body, headers=headers)


async def get(person: Person, path: str, **params: str) -> Reply:
    return await person.call("GET", path, params=params)


# Bodies


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": True}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": {"a": 1}}, "text"),
        ({"text": "a", "quote_tweet_id": 7}, "quote_tweet_id"),
        ({"text": "a", "quote_tweet_id": "seven"}, "quote_tweet_id"),
        ({"text": "a", "quote_tweet_id": ""}, "quote_tweet_id"),
        ({"text": "a", "quote_tweet_id": "7\n"}, "quote_tweet_id"),
        ({"text": "a", "quote_tweet_id": TOO_LARGE_ID}, "quote_tweet_id"),
        ({"text": "a", "edit_options": "7"}, "edit_options"),
        ({"text": "a", "edit_options": {}}, "previous_post_id"),
        ({"text": "a", "edit_options": {"previous_post_id": 7}}, "previous_post_id"),
        ({"text": "a", "edit_options": {"previous_post_id": "7", "more": 1}}, "more"),
        ({"text": "a", "colour": "red"}, "colour"),
    ],
)
async def test_a_tweet_with_a_wrong_field(alice: Person, body: Any, said: str) -> None:
    assert_problem(await post(alice, body), 400, said)
    assert await alice.home_ids() == []


@pytest.mark.parametrize("body", [[], ["text"], "text", 7, 1.5, True, None])
async def test_json_that_is_no_object(alice: Person, body: Any) -> None:
    assert_problem(await post_raw(alice, json.dumps(body).encode()), 400, "object")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"text":',
        b'{"text": "a"',
        b'{"text": "a"}}',
        b"{'text': 'a'}",
        b"text=a",
        b'{"text": "a",}',
        b'{"text": "\\u12"}',
        b'{"text": "\\ud800"}',
        b'{"text": NaN}',
        b"\x00",
        b'{"x":' + b"[" * 60_000,
    ],
)
async def test_broken_json(alice: Person, body: bytes) -> None:
    assert_problem(await post_raw(alice, body), 400, "body")


@pytest.mark.parametrize("body", [b'{"text": "\xff"}', b'{"text": "\xc3"}', b"\xff\xfe{"])
async def test_json_that_is_no_utf_8(alice: Person, body: bytes) -> None:
    assert_problem(await post_raw(alice, body), 400, "body")


async def test_a_body_over_the_limit(alice: Person) -> None:
    body = json.dumps({"text": "a" * 70_000}).encode()
    assert_problem(await post_raw(alice, body), 413, "65536")


async def test_a_chunked_body_over_the_limit(alice: Person) -> None:
    reply = await raw(
        alice,
        b"POST /2/tweets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n"
        % alice.token.encode()
        + b"8000\r\n%s\r\n" % (b"a" * 0x8000) * 3
        + b"0\r\n\r\n",
    )
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in reply


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])
async def test_a_compressed_body(alice: Person, encoding: str) -> None:
    body = zlib.compress(b'{"text": "a"}')
    headers = {**JSON, "Content-Encoding": encoding}
    assert_problem(await post_raw(alice, body, headers), 415, encoding)
    keyed = {**headers, "Idempotency-Key": encoding}
    reply = await alice.call("DELETE", "/2/tweets/7", data=body, headers=keyed)
    assert_problem(reply, 415, encoding)
    plain = await post_raw(alice, b'{"text": "a"}', {**JSON, "Content-Encoding": "identity"})
    assert plain.status == 201


async def test_nothing_is_inflated_for_anybody(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """aiohttp reads what nobody wants to its end; where it inflates that, this is an error."""
    reply = await raw(
        alice,
        b"POST /no/such/path HTTP/1.1\r\nHost: x\r\nContent-Encoding: deflate\r\n"
        b"Content-Length: 4\r\n\r\n\xff\xff\xff\xff"
        b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        most=-1,
    )
    assert reply.startswith(b"HTTP/1.1 415 ")
    assert b"HTTP/1.1 200 OK" in reply
    assert not caplog.records


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
async def test_another_content_type(alice: Person, kind: str) -> None:
    """`curl -d` sends the first of these unless told otherwise: the answer says what to add."""
    reply = await post_raw(alice, b'{"text": "a"}', {"Content-Type": kind})
    assert_problem(reply, 415, "Content-Type: application/json", kind.split(";")[0])


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
async def test_the_content_type_of_json_however_it_is_written(alice: Person, kind: str) -> None:
    assert (await post_raw(alice, b'{"text": "a"}', {"Content-Type": kind})).status == 201


PART = b'--x\r\nContent-Disposition: form-data; name="media_type"%s\r\n\r\nimage/png\r\n--x--\r\n'
MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (MULTIPART, PART % b"\r\nContent-Transfer-Encoding: foo", 400),
        (MULTIPART, PART % b"\r\nContent-Type: text/plain; charset=foo", 415),
        (MULTIPART, PART % b"\r\nContent-Type: text/plain; charset=utf-16", 415),
        (MULTIPART, PART % b"\r\nContent-Type: text/plain; charset=punycode", 415),
        (MULTIPART, PART % b"\r\nContent-Type: multipart/mixed; boundary=y", 400),
        (MULTIPART, PART % b"\r\nno header", 400),
        (MULTIPART, PART % (b"\r\nX: " + b"x" * 9_000), 400),
        (MULTIPART, PART.replace(b"name=", b"nom=") % b"", 400),
        (MULTIPART, PART.replace(b"media_type", b"_charset_") % (b"\r\n\r\n" + b"x" * 40), 400),
        (MULTIPART, b"media_type=image/png", 400),
        ("multipart/form-data", PART % b"", 400),
        ("application/x-www-form-urlencoded; charset=foo", b"media_type=image/png", 415),
        ("application/x-www-form-urlencoded; charset=rot13", b"media_type=image/png", 415),
        ("application/x-www-form-urlencoded; charset=punycode", b"media_type=image/png", 415),
        ("application/x-www-form-urlencoded; charset=utf-7", b"media_type=+2AA-", 415),
        ("application/x-www-form-urlencoded", b"a=1&" * 101, 400),
        ("application/x-www-form-urlencoded; charset=utf-8", b"media_type=\xff", 400),
    ],
)
async def test_a_form_that_is_none(alice: Person, kind: str, body: bytes, status: int) -> None:
    path, header = "/2/media/upload/initialize", {"Content-Type": kind}
    assert_problem(await alice.call("POST", path, data=body, headers=header), status, "body")


@pytest.mark.parametrize("path", ["/2/media/upload", "/1.1/media/upload.json"])
async def test_a_url_encoded_form_over_the_limit(alice: Person, path: str) -> None:
    """Where a photo may come it comes as JSON or in parts: to decode 7 MB took 1.8 s."""
    header = {"Content-Type": "application/x-www-form-urlencoded"}
    form = b"media=" + b"a" * bodies.MAX_BODY_BYTES
    assert_problem(await alice.call("POST", path, data=form, headers=header), 413, "65536")


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "a\x00b", "\x00", "a\ufffeb", "a\uffffb", "a" * 281]
)
async def test_text_that_is_none(alice: Person, text: str) -> None:
    assert_problem(await post(alice, {"text": text}), 400, "text")
    assert await alice.home_ids() == []


@pytest.mark.parametrize(
    ("text", "measured"), [("a" * 281, "weight 281 of 280"), ("a" * 1401, "1401 characters")]
)
async def test_too_long_a_text_is_said_in_the_words_of_x(
    alice: Person, text: str, measured: str
) -> None:
    tweet = await alice.tweet("Short")
    for body in ({"text": text}, {"text": text, "edit_options": {"previous_post_id": tweet}}):
        reply = await post(alice, body)
        assert_problem(reply, 400, measured)
        assert reply.body["detail"].startswith("Your Tweet text is too long. ")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "target_user_id"),
        ({"target_user_id": 7}, "target_user_id"),
        ({"target_user_id": "bob"}, "target_user_id"),
        ({"target_user_id": TOO_LARGE_ID}, "target_user_id"),
        ({"target_user_id": "7", "more": 1}, "more"),
    ],
)
async def test_a_follow_with_a_wrong_field(alice: Person, body: Any, said: str) -> None:
    assert_problem(await post(alice, body, f"/2/users/{alice.id}/following"), 400, said)


# Paths


@pytest.mark.parametrize("text", NOT_IDS)
async def test_a_path_whose_id_is_none(alice: Person, text: str) -> None:
    own = f"/2/users/{alice.id}"
    calls = [
        ("GET", f"/2/tweets/{text}"),
        ("DELETE", f"/2/tweets/{text}"),
        ("GET", f"/2/tweets/{text}/history"),
        ("GET", f"/2/users/{text}"),
        ("GET", f"/2/users/{text}/followers"),
        ("GET", f"/2/users/{text}/following"),
        ("GET", f"/2/users/{text}/tweets"),
        ("GET", f"/2/users/{text}/timelines/reverse_chronological"),
        ("DELETE", f"{own}/following/{text}"),
    ]
    for method, path in calls:
        assert_problem(await alice.call(method, path), 400, "is no id")


@pytest.mark.parametrize("name", ["a" * 16, "a-b", "%00", "%F0%9F%90%A6", "a%20b"])
async def test_a_path_whose_username_is_none(alice: Person, name: str) -> None:
    assert_problem(await get(alice, f"/2/users/by/username/{name}"), 400, "underscores")


async def test_the_largest_id_is_one(alice: Person) -> None:
    largest = str(2**63 - 1)
    assert_problem(await get(alice, f"/2/tweets/{largest}"), 404, largest)
    assert_problem(await get(alice, f"/2/users/{largest}/tweets"), 404, largest)


@pytest.mark.parametrize(
    "path", ["/", "/2", "/2/", "/2/tweet", "/2/tweets/1/2/3", "/1.1/x", "/%00"]
)
async def test_an_unknown_path(alice: Person, path: str) -> None:
    assert_problem(await get(alice, path), 404, "path")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/2/tweets", {"GET", "HEAD", "POST"}),
        ("POST", "/2/tweets/1", {"DELETE", "GET", "HEAD"}),
        ("DELETE", "/2/users/me", {"GET", "HEAD", "PUT"}),
        ("PATCH", "/2/users/1/following", {"GET", "HEAD", "POST"}),
    ],
)
async def test_a_wrong_method(alice: Person, method: str, path: str, allowed: set[str]) -> None:
    reply = await alice.call(method, path)
    assert_problem(reply, 405)
    assert set(reply.headers["Allow"].split(",")) == allowed


# Query strings


@pytest.mark.parametrize(
    "path",
    [
        "/2/tweets/1",
        "/2/tweets?ids=1",
        "/2/tweets/1/history",
        "/2/users/{me}/notifications/unread_count",
        "/2/users/me",
        "/2/users?ids=1",
        "/2/users/by?usernames=a",
        "/2/users/{me}/followers",
        "/2/users/{me}/tweets",
        "/2/users/{me}/timelines/reverse_chronological",
    ],
)
async def test_an_unknown_parameter(alice: Person, path: str) -> None:
    path = path.format(me=alice.id)
    separator = "&" if "?" in path else "?"
    assert_problem(await get(alice, f"{path}{separator}colour=red"), 400, "colour")


async def test_an_unknown_parameter_of_a_write(alice: Person) -> None:
    tweet_id = await alice.tweet("Kept")
    refused = await alice.call("DELETE", f"/2/tweets/{tweet_id}?dry_run=true")
    assert_problem(refused, 400, "dry_run")
    refused = await alice.call("POST", "/2/tweets?colour=red", json={"text": "Red"})
    assert_problem(refused, 400, "colour")
    assert await alice.home_ids() == [tweet_id]


async def test_a_parameter_given_twice(alice: Person) -> None:
    assert_problem(await get(alice, f"{alice.home_path}?max_results=5&max_results=6"), 400, "twice")


@pytest.mark.parametrize(
    "parameter",
    [
        "tweet.fields",
        "post.fields",
        "user.fields",
        "media.fields",
        "poll.fields",
        "place.fields",
        "expansions",
    ],
)
async def test_an_unknown_field_value(alice: Person, parameter: str) -> None:
    for value in ("colour", "id,colour", "id,", "author_id;id", "x" * 2_000):
        reply = await get(alice, alice.home_path, **{parameter: value})
        assert_problem(reply, 400, parameter.replace(".fields", ""))


@pytest.mark.parametrize("value", ["0", "101", "-5", "ten", "5.5", "", "1e1000", "9" * 100])
async def test_max_results_out_of_range(alice: Person, value: str) -> None:
    for path in (alice.home_path, f"/2/users/{alice.id}/tweets"):
        assert_problem(await get(alice, path, max_results=value), 400, "max_results")


@pytest.mark.parametrize("value", ["0", "1001", "many"])
async def test_max_results_of_followers_out_of_range(alice: Person, value: str) -> None:
    path = f"/2/users/{alice.id}/followers"
    assert_problem(await get(alice, path, max_results=value), 400, "max_results")
    assert (await get(alice, path, max_results="1000")).status == 200


@pytest.mark.parametrize("value", ["", "x", "AAAA", "__________8", "ÄÄÄ", "=" * 11, "A" * 65])
async def test_a_pagination_token_that_is_none_of_ours(alice: Person, value: str) -> None:
    for path in (alice.home_path, f"/2/users/{alice.id}/tweets", f"/2/users/{alice.id}/followers"):
        assert_problem(await get(alice, path, pagination_token=value), 400, "pagination_token")


@pytest.mark.parametrize("parameter", ["since_id", "until_id"])
@pytest.mark.parametrize("value", ["", "x", "-1", TOO_LARGE_ID, "9" * 20])
async def test_a_bound_that_is_no_id(alice: Person, parameter: str, value: str) -> None:
    assert_problem(await get(alice, alice.home_path, **{parameter: value}), 400, parameter)


@pytest.mark.parametrize("parameter", ["start_time", "end_time"])
@pytest.mark.parametrize(
    "value", ["", "yesterday", "1700000000", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z"]
)
async def test_a_bound_that_is_no_time(alice: Person, parameter: str, value: str) -> None:
    assert_problem(await get(alice, alice.home_path, **{parameter: value}), 400, parameter)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_times_at_the_ends_of_time(alice: Person, value: str) -> None:
    for parameter in ("start_time", "end_time"):
        assert (await get(alice, alice.home_path, **{parameter: value})).status == 200


@pytest.mark.parametrize("value", ["", "likes", "replies,", "replies,likes"])
async def test_what_cannot_be_excluded(alice: Person, value: str) -> None:
    assert_problem(await get(alice, alice.home_path, exclude=value), 400, "exclude")


@pytest.mark.parametrize("path", ["/2/tweets", "/2/users"])
@pytest.mark.parametrize("ids", [None, "", ",", "1,", "a", "1,a", TOO_LARGE_ID, "1 2"])
async def test_ids_that_are_none(alice: Person, path: str, ids: str | None) -> None:
    params = {} if ids is None else {"ids": ids}
    assert_problem(await get(alice, path, **params), 400, "ids")


@pytest.mark.parametrize("path", ["/2/tweets", "/2/users"])
async def test_more_than_a_hundred_ids(alice: Person, path: str) -> None:
    assert (await get(alice, path, ids=comma(range(1, 101)))).status == 200
    assert_problem(await get(alice, path, ids=comma(range(1, 102))), 400, "ids")


@pytest.mark.parametrize("names", [None, "", "a,", "a b", "a" * 16, "naïve"])
async def test_usernames_that_are_none(alice: Person, names: str | None) -> None:
    params = {} if names is None else {"usernames": names}
    assert_problem(await get(alice, "/2/users/by", **params), 400, "usernames")


def comma(numbers: Iterable[int]) -> str:
    return ",".join(str(number) for number in numbers)


# Other people's tweets, and what is gone


async def test_another_users_tweet_cannot_be_deleted(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Mine")
    assert_problem(await bob.delete(tweet_id), 403, "another user's")
    assert (await alice.lookup(tweet_id)).status == 200


async def test_a_tweet_that_never_was(alice: Person) -> None:
    assert_problem(await alice.lookup("7"), 404, "tweet 7")
    assert_problem(await alice.delete("7"), 404, "tweet 7")
    assert_problem(await alice.edit("7", "Hm"), 404, "tweet 7")
    assert_problem(await get(alice, "/2/tweets/7/history"), 404, "tweet 7")


# Below HTTP


async def raw(person: Person, request: bytes, most: int = 65_536) -> bytes:
    """What the gateway answers to bytes that no HTTP client would send."""
    address = urlsplit(person.gateway)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read(most)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Bearer \xff\xfe",
        b"X-Min-Position: \xff",
        b"Idempotency-Key: \xff",
        b"Content-Type: \xff",
    ],
)
async def test_headers_that_are_no_text(alice: Person, header: bytes) -> None:
    mine = (
        b""
        if header.startswith(b"Auth")
        else b"Authorization: Bearer %s\r\n" % (alice.token.encode())
    )
    for line in (b"POST /2/tweets", b"GET /2/users/me"):
        reply = await raw(
            alice,
            line
            + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n"
            + mine
            + header
            + b'\r\n\r\n{"text":"a"}',
        )
        assert int(reply.split()[1]) < 500


@pytest.mark.parametrize("host", ["", "x:abc"])
async def test_a_host_that_is_no_address(alice: Person, host: str) -> None:
    reply = await alice.call(
        "GET",
        f"/2/tweets/{await alice.tweet('Up at six')}",
        params={"expansions": "author_id"},
        headers={"Host": host},
    )
    assert_problem(reply, 400, "Host")


async def test_a_body_that_does_not_come(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    reply = await raw(
        alice,
        b"POST /2/tweets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{" % alice.token.encode(),
    )
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in reply


async def test_a_request_that_is_no_http(alice: Person) -> None:
    assert (await raw(alice, b"\x16\x03\x01\x00\xa5\r\n\r\n")).startswith(b"HTTP/1.0 400 ")


# Names of fields


async def test_a_name_that_nobody_knows_is_refused_wherever_names_are_taken(alice: Person) -> None:
    known = Known(alice, "1", "1")
    taken, refused = set(), []
    for endpoint in reads():
        path, needed = question(endpoint, known)
        for parameter in filter(is_of_names, parameters(endpoint)):
            taken.add(parameter)
            reply = await get(alice, path, **{**needed, parameter: "id,bogus"})
            assert_problem(reply, 400, parameter, "bogus")
            refused.append((path, parameter))
    assert taken == NAMES.keys()
    assert len(refused) > 300


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/2/trends", "trend.fields"),
        ("/2/trends/by/woeid/1", "trend.fields"),
        ("/2/users/personalized_trends", "personalized_trend.fields"),
        ("/2/tweets/counts/recent?query=heron", "search_count.fields"),
        ("/2/tweets/search/stream/rules/counts", "rules_count.fields"),
    ],
)
async def test_every_name_that_x_knows_is_taken(alice: Person, path: str, parameter: str) -> None:
    path, _, query = path.partition("?")
    params = {**dict(parse_qsl(query)), parameter: ",".join(NAMES[parameter])}
    assert (await get(alice, path, **params)).status == 200
