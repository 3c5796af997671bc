"""What OAuth 2.0 takes for a redirect URI and for a challenge."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest

from gateway.modules import ENDPOINTS
from gateway.oauth2.apps import App
from gateway.oauth2.asked import Sender, asked_by
from gateway.oauth2.challenges import ChallengeRefused, is_answered, stored
from gateway.oauth2.redirects import (
    RedirectRefused,
    destination,
    is_one_of,
    must_be_usable,
    with_answer,
)
from gateway.oauth2.refusals import SentBack
from gateway.scopes import NEEDED, needed_for
from schemas.scopes import SCOPES

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example of RFC 7636, appendix B."""


@pytest.mark.parametrize(
    "uri",
    [
        "https://birds.example/back",
        "https://birds.example:8443/back?a=b%20c&d",
        "https://birds.example",
        "http://localhost:3000/back",
        "http://127.0.0.1/back",
        "http://[::1]:5000/",
        "com.example.birds:/back",
        "com.example.birds://back/?a",
        "com.example.birds:",
    ],
)
def test_usable_redirect_uris(uri: str) -> None:
    must_be_usable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "birds.example/back",
        "//birds.example/back",
        "http://birds.example/back",
        "http://localhost.evil.example/",
        "http://127.0.0.1@evil.example/",
        "https://user@birds.example/",
        "https://birds.example/#x",
        "https://birds.example/ x",
        "https://birds.example/\nx",
        "https://birds.example/back\n",
        "https://birds.example;script-src/",
        'https://birds.example/"',
        "https://birds.example\\@evil.example/",
        "https://ü.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "birds:/back",
        f"https://birds.example/{'x' * 512}",
    ],
)
def test_what_is_no_redirect_uri(uri: str) -> None:
    with pytest.raises(RedirectRefused):
        must_be_usable(uri)


@pytest.mark.parametrize(
    ("uri", "registered"),
    [
        ("http://127.0.0.1:49152/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:3000/back"),
        ("http://[::1]:49152/back?a=b", "http://[::1]:1/back?a=b"),
        ("https://birds.example/back", "https://birds.example/back"),
    ],
)
def test_a_loopback_address_may_have_any_port(uri: str, registered: str) -> None:
    assert is_one_of(uri, ["https://other.example/", registered])


@pytest.mark.parametrize(
    ("uri", "registered"),
    [
        ("https://birds.example/back/", "https://birds.example/back"),
        ("https://birds.example/back?x", "https://birds.example/back"),
        ("https://birds.example/back#x", "https://birds.example/back"),
        ("https://birds.example:443/back", "https://birds.example/back"),
        ("https://birds.example.evil.example/back", "https://birds.example/back"),
        ("https://birds.example/back/../x", "https://birds.example/back"),
        ("https://BIRDS.example/back", "https://birds.example/back"),
        ("http://birds.example/back", "https://birds.example/back"),
        ("http://localhost:3001/", "http://localhost:3000/"),
        ("http://127.0.0.1:3000/other", "http://127.0.0.1:3000/back"),
        ("http://127.0.0.1:80@evil.example/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1:/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1:x/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1:80\\@evil.example/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1:80/back\n", "http://127.0.0.1/back"),
        ("https://127.0.0.1:3000/back", "https://127.0.0.1/back"),
        ("http://[::1]:80/back", "http://127.0.0.1/back"),
        ("", "http://127.0.0.1/back"),
    ],
)
def test_all_else_must_be_equal_letter_by_letter(uri: str, registered: str) -> None:
    assert not is_one_of(uri, [registered])


def test_an_answer_goes_behind_what_is_there() -> None:
    assert with_answer("https://b.example", {"code": "a&b"}) == "https://b.example?code=a%26b"
    assert with_answer("https://b.example/?x=1", {"code": "a"}) == "https://b.example/?x=1&code=a"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://b.example:1/x", "b.example:1"),
        ("http://[::1]:5000/x", "[::1]:5000"),
        ("com.example.b:/x", "com.example.b:"),
        ("com.example.b://birds.example/x", "com.example.b:"),
    ],
)
def test_who_is_sent_there_sees_where_to(uri: str, shown: str) -> None:
    assert destination(uri) == shown


def test_a_verifier_answers_its_challenge_and_no_other() -> None:
    for method in ("S256", "s256"):
        assert is_answered(stored(CHALLENGE, method), VERIFIER)
    for method in ("plain", ""):
        assert is_answered(stored(VERIFIER, method), VERIFIER)
        assert not is_answered(stored(CHALLENGE, method), VERIFIER)
    for wrong in ("", CHALLENGE, VERIFIER[:-1], f"{VERIFIER}\n", f"{VERIFIER}=", "ü", "\ud800"):
        assert not is_answered(CHALLENGE, wrong)


def test_a_plain_challenge_is_not_kept_as_it_is() -> None:
    digest = hashlib.sha256(b"challenge").digest()
    assert stored("challenge", "plain") == urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        ("", "S256"),
        ("", "plain"),
        ("challenge", "S256"),
        (f"{CHALLENGE}=", "S256"),
        (f"{CHALLENGE}\n", "S256"),
        ("a b", "plain"),
        ("x" * 129, "plain"),
        (CHALLENGE, "S512"),
    ],
)
def test_what_is_no_challenge(challenge: str, method: str) -> None:
    with pytest.raises(ChallengeRefused):
        stored(challenge, method)


GIVEN = {
    "response_type": "code",
    "scope": "tweet.read  users.read tweet.read",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
SENDER = Sender(
    App("id", "Birds", ["https://b.example/"], None, datetime.now(UTC)), "https://b.example/", "1"
)


def test_what_a_program_asks_for() -> None:
    asked = asked_by(SENDER, GIVEN)
    assert (asked.scope, asked.challenge) == ("tweet.read users.read", CHALLENGE)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "tweet.read everything"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_to_the_program(changed: dict[str, str | None], error: str) -> None:
    given = {name: value for name, value in (GIVEN | changed).items() if value is not None}
    with pytest.raises(SentBack) as back:
        asked_by(SENDER, given)
    assert back.value.location.startswith(f"https://b.example/?error={error}&")
    assert back.value.location.endswith("&state=1")


def test_what_only_reads_changes_nothing() -> None:
    for name, needed in NEEDED.items():
        if not name.startswith("GET ") and needed:
            assert [scope for scope in needed if scope.endswith(".write")], name


def test_each_endpoint_says_which_scopes_it_takes() -> None:
    assert NEEDED.keys() == {endpoint.name for endpoint in ENDPOINTS}
    for needed in NEEDED.values():
        assert needed <= SCOPES.keys()
    assert needed_for("GET /2/users/me") == frozenset({"tweet.read", "users.read"})
    assert needed_for("PUT /2/users/me") is None
    assert needed_for("POST /2/tweets/search/stream/rules") is None
    assert needed_for("GET /2/elsewhere") is None
