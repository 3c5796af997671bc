"""Signatures: those of others are found good here, and none is over anything else."""

import string
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

from gateway.signatures import NotSigned, Sent, Signed, base_strings, is_by, is_signed, signed_in
from gateway.signing_keys import SigningKeys

BASES = ("https://api.twitter.com", "https://api.x.com", "http://127.0.0.1:19100")

HEADER = (
    'OAuth oauth_consumer_key="k", oauth_token="t", oauth_signature_method="HMAC-SHA1",'
    ' oauth_timestamp="1", oauth_nonce="n", oauth_signature="s"'
)


def header(**given: str) -> str:
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in given.items())


def test_the_example_of_x_is_signed_as_x_says() -> None:
    """https://developer.x.com/en/docs/authentication/oauth-1-0a/creating-a-signature"""
    keys = SigningKeys(
        1,
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    signed = signed_in(
        header(
            oauth_consumer_key=keys.consumer_key,
            oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
            oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D",
            oauth_signature_method="HMAC-SHA1",
            oauth_timestamp="1318622958",
            oauth_token=keys.access_token,
            oauth_version="1.0",
        )
    )
    sent = Sent(
        "POST",
        BASES,
        "/1.1/statuses/update.json",
        "include_entities=true",
        "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
    )
    assert next(iter(base_strings(signed, sent))) == (
        "POST&https%3A%2F%2Fapi.twitter.com%2F1.1%2Fstatuses%2Fupdate.json&include_entities%3D"
        "true%26oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWo"
        "vY3uYSQ2pTgmZeNu2VS4cg%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622"
        "958%26oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%"
        "3D1.0%26status%3DHello%2520Ladies%2520%252B%2520Gentlemen%252C%2520a%2520signed%2520OAu"
        "th%2520request%2521"
    )
    assert is_by(keys, signed, sent)


def test_the_examples_of_rfc_5849_are_signed_as_it_says() -> None:
    """Section 1.2, and the base string of 3.4.1.1."""
    keys = SigningKeys(
        1, "dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"
    )
    signed = signed_in(
        'OAuth realm="Photos",oauth_consumer_key="dpf43f3p2l4k3l03",'
        'oauth_token="nnch734d00sl2jdk",oauth_signature_method="HMAC-SHA1",'
        'oauth_timestamp="137131202",oauth_nonce="chapoH",'
        'oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"'
    )
    base = ("http://photos.example.net",)
    assert is_by(keys, signed, Sent("GET", base, "/photos", "file=vacation.jpg&size=original"))

    signed = signed_in(
        'OAuth realm="Example",oauth_consumer_key="9djdj82h48djs9d2",'
        'oauth_token="kkk9d7dh3k39sjv7",oauth_signature_method="HMAC-SHA1",'
        'oauth_timestamp="137131201",oauth_nonce="7d8f3e4a",'
        'oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"'
    )
    sent = Sent(
        "POST", ("http://example.com",), "/request", "b5=%3D%253D&a3=a&c%40=&a2=r%20b", "c2&a3=2+q"
    )
    (text,) = base_strings(signed, sent)
    assert text == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%25"
        "3D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7"
        "d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_toke"
        "n%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (HEADER.replace("oauth_nonce", "nonce"), "oauth_nonce is missing"),
        (HEADER.replace('"t"', '""'), "oauth_token is missing"),
        (HEADER.replace("HMAC-SHA1", "PLAINTEXT"), "HMAC-SHA1, HMAC-SHA256"),
        (HEADER.replace('"1"', '"-1"'), "oauth_timestamp"),
        (HEADER.replace('"1"', '"%D9%A1"'), "oauth_timestamp"),
        (f'{HEADER}, oauth_version="2.0"', "oauth_version"),
        ("OAuth ", "oauth_consumer_key"),
        ("OAuth =", "oauth_consumer_key"),
        ("OAuth a", "oauth_consumer_key"),
        (f'{HEADER}, oauth_x="ü"', "ASCII"),
    ],
)
def test_what_is_no_signature_is_said(wrong: str, said: str) -> None:
    assert is_signed(wrong)
    with pytest.raises(NotSigned, match=said):
        signed_in(wrong)


@given(st.text(max_size=60))
def test_any_header_is_a_signature_or_none(text: str) -> None:
    for said in (text, f"OAuth {text}", f"{HEADER}, {text}"):
        try:
            signed = signed_in(said)
        except NotSigned:
            continue
        assert signed.timestamp >= 0


# -- what oauthlib's client signs -----------------------------------------------------------------

readable = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
secrets = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=20)
pairs = st.lists(st.tuples(readable, st.text(st.characters(exclude_categories=["Cs"]))), max_size=4)
paths = st.lists(st.text(string.ascii_letters + "0123456789_-.~", min_size=1), min_size=1).map(
    lambda parts: "/" + "/".join(parts)
)


def encoded(given: list[tuple[str, str]]) -> str:
    """Everything but letters and digits as `%XX`, which any server reads alike."""
    return "&".join(f"{_percent(name)}={_percent(value)}" for name, value in given)


def _percent(text: str) -> str:
    return "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}"
        for byte in text.encode()
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[SigningKeys, Signed, Sent]:
    """What oauthlib's client makes of a request, with the keys, and what then arrives."""
    keys = SigningKeys(1, *(draw(secrets) for _ in range(4)))
    method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
    path, query = draw(paths), encoded(draw(pairs))
    form = "" if method == "GET" else encoded(draw(pairs))
    client = Client(
        keys.consumer_key,
        keys.consumer_secret,
        keys.access_token,
        keys.access_token_secret,
        signature_method=draw(st.sampled_from([SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256])),
        nonce=draw(secrets),
        timestamp=str(draw(st.integers(0, 10**11))),
    )
    url = f"{draw(st.sampled_from(BASES))}{path}{'?' if query else ''}{query}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    _, said, _ = client.sign(url, method, form or None, headers)
    sent = Sent(method, BASES, path, query, form)
    return keys, signed_in(said["Authorization"]), sent


@given(requests())
def test_what_oauthlib_signs_is_good(signed: tuple[SigningKeys, Signed, Sent]) -> None:
    assert is_by(*signed)


@given(requests(), st.data())
def test_no_other_request_has_that_signature(
    signed: tuple[SigningKeys, Signed, Sent], data: st.DataObject
) -> None:
    """One character of anything is another, is one more or is gone."""
    keys, given, sent = signed
    part = data.draw(st.sampled_from(["method", "path", "query", "form"]))
    before = getattr(sent, part)
    after = data.draw(changed(before, " &+=%" + string.ascii_letters if part != "path" else "/a;."))
    if part in ("query", "form"):
        assume(
            parse_qsl(after, keep_blank_values=True) != parse_qsl(before, keep_blank_values=True)
        )
    else:
        assume(after.upper() != before.upper() if part == "method" else after != before)
    assert not is_by(keys, given, replace(sent, **{part: after}))


@given(requests(), st.data())
def test_nobody_else_has_that_signature(
    signed: tuple[SigningKeys, Signed, Sent], data: st.DataObject
) -> None:
    keys, given, sent = signed
    part = data.draw(st.sampled_from(["consumer_secret", "access_token_secret"]))
    other = replace(keys, **{part: data.draw(changed(getattr(keys, part), string.ascii_letters))})
    assert not is_by(other, given, sent)


@given(requests(), st.data())
def test_nothing_in_the_header_may_be_another(
    signed: tuple[SigningKeys, Signed, Sent], data: st.DataObject
) -> None:
    keys, given, sent = signed
    number = data.draw(st.integers(0, len(given.parameters) - 1))
    name, value = given.parameters[number]
    parameters = list(given.parameters)
    parameters[number] = (name, data.draw(changed(value, string.ascii_letters)))
    assert not is_by(keys, replace(given, parameters=parameters), sent)
    signature = data.draw(changed(given.signature, string.ascii_letters + "é"))
    assert not is_by(keys, replace(given, signature=signature), sent)


def changed(text: str, letters: str) -> st.SearchStrategy[str]:
    at = st.integers(0, len(text))
    letter = st.sampled_from(letters)
    more = st.builds(lambda where, new: text[:where] + new + text[where:], at, letter)
    if not text:
        return more
    inside = st.integers(0, len(text) - 1)
    other = st.builds(lambda where, new: text[:where] + new + text[where + 1 :], inside, letter)
    fewer = inside.map(lambda where: text[:where] + text[where + 1 :])
    return st.one_of(more, other, fewer).filter(lambda found: found != text)


def test_what_is_no_utf_8_or_endless_is_never_signed() -> None:
    keys = SigningKeys(1, "k", "s", "t", "s")
    signed = signed_in(HEADER)
    for query in ("a=%FF", "&".join("a=1" for _ in range(1_001)), "a=\udcff"):
        sent = Sent("GET", BASES, "/2/users/me", query)
        with pytest.raises(ValueError, match=r".+"):
            list(base_strings(signed, sent))
        assert not is_by(keys, signed, sent)


def test_a_client_knows_the_gateway_by_one_of_its_names() -> None:
    keys = SigningKeys(1, "k", "s", "1-t", "s")
    client = Client(keys.consumer_key, keys.consumer_secret, keys.access_token, "s")
    for base in (*BASES, "https://elsewhere.example"):
        url, said, _ = client.sign(f"{base}/2/users/me", "GET")
        sent = Sent("GET", BASES, urlsplit(url).path)
        assert is_by(keys, signed_in(said["Authorization"]), sent) is (base in BASES)


def test_what_is_long_is_encoded_once_for_all_addresses() -> None:
    """What takes long is that, and not to hash it; to do it for each took seven times as long."""
    many = tuple(f"https://bird{number}.example" for number in range(40))
    sent = Sent("POST", many[:1], "/2/tweets", form="a=" + "%00" * 20_000)
    one = min(_seconds(sent) for _ in range(5))
    assert min(_seconds(replace(sent, bases=many)) for _ in range(5)) < 10 * one


def _seconds(sent: Sent) -> float:
    began = time.process_time()
    assert len(list(base_strings(signed_in(HEADER), sent))) == len(sent.bases)
    return time.process_time() - began
