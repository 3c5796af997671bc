"""What a profile may say of a person."""

import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.profiles import (
    DESCRIPTION,
    LOCATION,
    NAME,
    URL,
    ProfileRejected,
    checked_description,
    checked_location,
    checked_name,
    checked_url,
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  Ada  L. ", "Ada  L."),
        ("a" * NAME, "a" * NAME),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u05d0\u05d3\u05d4 \u200d", "\u05d0\u05d3\u05d4 \u200d"),
        ("\U0001f985 of prey", "\U0001f985 of prey"),
    ],
)
def test_names_that_are_kept(said: str, kept: str) -> None:
    assert checked_name(said) == kept


@pytest.mark.parametrize(
    "said",
    ["", " ", "a\tb", "\u202eeve", "a\u2028b", "\x9b31m", "\0", "a\u200e", "\u200fb", "\u061c1"],
)
def test_names_that_are_not(said: str) -> None:
    with pytest.raises(ProfileRejected, match="name"):
        checked_name(said)


def test_a_description_has_lines() -> None:
    assert checked_description("\nReeds\r\n\n  and weirs \n") == "Reeds\n\nand weirs"
    assert checked_description("") == ""
    assert checked_description("a\n" * 79 + "ab") == "a\n" * 79 + "ab"
    with pytest.raises(ProfileRejected, match="161"):
        checked_description("a\n" * 80 + "a")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("example.com", "http://example.com"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("HTTPS://EXAMPLE.com", "HTTPS://EXAMPLE.com"),
        ("m\u00fcnchen.example", "http://m\u00fcnchen.example"),
    ],
)
def test_addresses_that_are_kept(said: str, kept: str) -> None:
    assert checked_url(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "http://",
        "http:///path",
        "http://[::1",
        "http://example.com:99999",
        'http://example.com/"><script>',
        "two words",
        "x" * (URL - 6),
    ],
)
def test_addresses_that_are_not(said: str) -> None:
    with pytest.raises(ProfileRejected, match="url"):
        checked_url(said)


@given(st.text(max_size=200))
def test_what_is_kept_is_short_composed_and_visible(said: str) -> None:
    for check, limit in (
        (checked_name, NAME),
        (checked_description, DESCRIPTION),
        (checked_location, LOCATION),
    ):
        try:
            kept = check(said)
        except ProfileRejected:
            continue
        assert len(kept) <= limit
        assert kept == unicodedata.normalize("NFC", kept)
        assert not {unicodedata.category(char) for char in kept if char != "\n"} & {"Cc", "Cs"}
        assert check(kept) == kept


@given(st.one_of(st.text(max_size=110), st.from_regex(r"[a-z]{1,9}:[^ ]{0,20}", fullmatch=True)))
def test_an_address_that_is_kept_is_one_of_the_web(said: str) -> None:
    try:
        kept = checked_url(said)
    except ProfileRejected:
        return
    assert not kept or (urlsplit(kept).scheme in ("http", "https") and urlsplit(kept).hostname)
    assert checked_url(kept) == kept
