"""The document that the gateway serves, and that it holds for whatever may be sent."""

import asyncio
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

import schemathesis
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from msgspec import json
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from gateway import live
from gateway.app import make_app
from gateway.forms import FORMS, MULTIPART, URLENCODED
from gateway.modules import ENDPOINTS, OPEN_PATHS
from gateway.openapi import PATH, document_of
from schemas.api.base import FormCommand, whole
from schemas.servers import Servers
from tests.media.pictures import photo as photo_of
from tests.person import Person

OF_WHAT_THERE_IS, MADE_UP, FORBIDDEN = 4, 2, 3
"""So many requests to each operation."""

ENDING = [endpoint for endpoint in ENDPOINTS if endpoint not in list(live.endpoints)]
"""Streams do not end by themselves."""

LONGEST = 8_000
"""Beyond this the server of these tests refuses a line; `test_long_lines.py` has the gateway's."""

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


async def test_the_document_is_served_to_everybody(gateway: str) -> None:
    async with ClientSession() as session, session.get(f"{gateway}/2/openapi.json") as response:
        assert response.status == 200
        assert await response.read() == json.encode(document_of(ENDPOINTS, OPEN_PATHS))


def test_every_endpoint_stands_in_the_document_and_says_what_it_is_for() -> None:
    document = document_of(ENDPOINTS, OPEN_PATHS)
    assert document["openapi"] == "3.1.0"
    found = {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    declared = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert found.keys() == declared | {(path.method, path.path) for path in OPEN_PATHS}
    for operation in found.values():
        assert operation["summary"].endswith(".")
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)


def test_no_pattern_of_what_is_taken_lets_a_line_break_stand_behind_a_text() -> None:
    checked = [kind for one in ENDPOINTS for kind in (one.query, one.command) if kind]
    found = list(patterns(list(json.schema_components(checked))))
    assert len(found) > 20
    assert [pattern for pattern in found if not pattern.endswith(whole("").removeprefix("^"))] == []


def patterns(node: Any) -> Iterator[str]:
    """Of all texts in a part of a schema."""
    if isinstance(node, dict):
        if isinstance(pattern := node.get("pattern"), str):
            yield pattern
        node = list(node.values())
    if isinstance(node, list | tuple):
        for part in node:
            yield from patterns(part)


def test_the_document_holds_every_path_but_its_own() -> None:
    app = make_app(Servers("", "", "", "", "", media="media"))
    served = {resource.canonical for resource in app.router.resources()}
    assert served == document_of(ENDPOINTS, OPEN_PATHS)["paths"].keys() | {PATH}


def test_forms_are_described_beside_json_where_they_are_taken() -> None:
    paths = document_of(ENDPOINTS, OPEN_PATHS)["paths"]
    for endpoint in ENDPOINTS:
        if endpoint.command is not None:
            operation = paths[endpoint.path][endpoint.method.lower()]
            forms = set(FORMS) if issubclass(endpoint.command, FormCommand) else set()
            assert operation["requestBody"]["content"].keys() == {"application/json"} | forms
    content = paths["/2/media/upload/{id}/append"]["post"]["requestBody"]["content"]
    sent = {kind: described["schema"] for kind, described in content.items()}
    assert sent[MULTIPART]["required"] == ["media", "segment_index"]
    assert sent[MULTIPART]["properties"]["media"] == {"type": "string", "format": "binary"}
    assert sent[URLENCODED]["properties"]["media"] == {
        "type": "string",
        "contentEncoding": "base64",
    }


def test_what_may_stand_in_the_query_instead_of_a_form_is_described_so() -> None:
    paths = document_of(ENDPOINTS, OPEN_PATHS)["paths"]
    for path in ("/2/media/upload", "/1.1/media/upload.json"):
        operation = paths[path]["post"]
        taken = {parameter["name"]: parameter["required"] for parameter in operation["parameters"]}
        assert {"command", "media_id", "segment_index", "total_bytes"} < taken.keys()
        assert "media" not in taken
        assert not any(taken.values())
        assert operation["requestBody"]["required"] is False


def test_each_page_is_described_as_it_is_and_streams_line_by_line() -> None:
    paths = document_of(ENDPOINTS, OPEN_PATHS)["paths"]

    def described(path: str) -> Any:
        answered = paths[path]["get"]["responses"]["200"]
        return answered["description"], answered["content"]["application/json"]["schema"]

    def meta(path: str) -> Any:
        _, schema = described(path)
        about = schema["properties"].get("meta")
        return about and about["$ref"].rpartition("/")[2]

    assert meta("/2/users/{id}/tweets") == "Page"
    assert meta("/2/tweets/{id}") is None
    assert meta("/2/tweets/counts/all") == "CountsPage"
    assert meta("/2/users/{id}/notifications") == "NotificationsPage"
    assert meta("/2/tweets/search/stream/rules") == "RulesPage"
    for endpoint in live.endpoints:
        description, schema = described(endpoint.path)
        assert "a line" in description
        assert schema == {"$ref": "#/components/schemas/Line"}


def test_the_scopes_of_programs_stand_beside_the_tokens_of_users() -> None:
    document = document_of(ENDPOINTS, OPEN_PATHS)
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    paths = document["paths"]
    for name in ("authorizationUrl", "tokenUrl", "refreshUrl"):
        assert flow[name] in paths
    for endpoint in ENDPOINTS:
        told = paths[endpoint.path][endpoint.method.lower()].get("security")
        scopes = [one["oauth2"] for one in told or [] if "oauth2" in one]
        assert scopes == ([] if endpoint.scopes is None else [sorted(endpoint.scopes)])
        assert {scope for names in scopes for scope in names} <= flow["scopes"].keys()
    assert paths["/2/oauth2/token"]["post"]["security"] == [{"basic": []}, {}]
    assert paths["/2/oauth2/revoke"]["post"]["requestBody"]["required"]
    asked = {
        one["name"]: one["required"] for one in paths["/2/oauth2/authorize"]["get"]["parameters"]
    }
    assert (asked["code_challenge"], asked["state"]) == (True, False)


async def test_nothing_that_is_sent_makes_the_gateway_fail(alice: Person, bob: Person) -> None:
    """Requests made from the document by schemathesis: never a 5xx, and answers as promised.

    Made of ids that there are and of ids that are made up, and with what the document forbids.
    What deletes comes last.
    """
    schema = schemathesis.openapi.from_dict(document_of(ENDING, OPEN_PATHS))
    known = await something_of_each_kind(alice, bob)
    answers: Counter[int] = Counter()

    def explore(cases: SearchStrategy[Any], examples: int, ids: Mapping[str, str]) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def send(case: Any) -> None:
            for part in (case.body, case.query):
                if isinstance(part, dict):
                    part.update({name: ids[name] for name in part.keys() & ids.keys()})
            case.headers = {}  # the document names none, and many that are made up are no HTTP
            response = case.call(base_url=alice.gateway, headers=alice.credentials)
            if len(response.request.url) < LONGEST:
                case.validate_response(response, checks=CHECKS)
            if ids:
                answers[response.status_code] += 1

        send()

    def explore_all() -> None:
        found = list(schema.get_all_operations())
        assert all(isinstance(result, Ok) for result in found)
        operations = [cast("Ok[Any]", result).ok() for result in found]
        for operation in sorted(operations, key=lambda one: one.method == "delete"):
            ids = ids_in(operation.path, known)
            explore(operation.as_strategy(path_parameters=ids), OF_WHAT_THERE_IS, known)
            explore(operation.as_strategy(), MADE_UP, {})
            if operation.body or next(operation.iter_parameters(), None):
                explore(operation.as_strategy(GenerationMode.NEGATIVE), FORBIDDEN, {})

    await asyncio.to_thread(explore_all)
    assert 4 * (answers[403] + answers[404]) < answers.total(), answers


async def something_of_each_kind(alice: Person, bob: Person) -> dict[str, str]:
    """Ids by the names under which paths, queries and bodies ask for them; those that are `id` in
    a path, by what stands before it there."""
    await alice.follow(bob)
    await bob.follow(alice)
    tweet = await alice.tweet(
        "A lark @ascending", poll={"options": ["a", "b"], "duration_minutes": 5}
    )
    reply = await bob.reply(tweet)
    await bob.tweet("A quote", quote_tweet_id=tweet)
    await bob.retweet(tweet)
    await bob.call("POST", f"/2/users/{bob.id}/likes", json={"tweet_id": tweet})
    birds = await alice.call("POST", "/2/lists", json={"name": "birds"})
    member = {"user_id": bob.id}
    await alice.call("POST", f"/2/lists/{birds.data['id']}/members", json=member)
    photo = {"media": b64encode(photo_of("PNG")).decode(), "media_category": "tweet_image"}
    uploaded = await alice.call("POST", "/2/media/upload", json=photo)
    announced = {"media_type": "image/png", "total_bytes": 9, "media_category": "tweet_image"}
    begun = await alice.call("POST", "/2/media/upload/initialize", json=announced)
    alice.has_seen(bob)
    assert (await alice.replies(tweet)).data[0]["id"] == reply
    return {
        "tweets": tweet,
        "users": alice.id,
        "lists": birds.data["id"],
        "list_id": birds.data["id"],
        "media": begun.data["id"],
        "media_id": uploaded.data["id"],
        "media_key": uploaded.data["media_key"],
        "media_keys": uploaded.data["media_key"],
        "ids": tweet,
        "tweet_id": reply,
        "source_tweet_id": tweet,
        "quote_tweet_id": reply,
        "user_id": bob.id,
        "target_user_id": bob.id,
        "target": bob.id,
        "follower": bob.id,
        "requester": bob.id,
        "username": alice.username,
        "usernames": alice.username,
        "query": "lark",
        "woeid": "1",
    }


def ids_in(path: str, known: Mapping[str, str]) -> dict[str, str]:
    names = re.findall(r"{(\w+)}", path)
    return {name: known[path.split("/")[2] if name == "id" else name] for name in names}
