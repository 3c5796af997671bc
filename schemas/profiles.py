"""What a profile may say of a person."""

from urllib.parse import urlsplit

from schemas.text import normalize
from schemas.text.inline import unfit

NAME, DESCRIPTION, LOCATION, URL = 50, 160, 30, 100
"""Characters at most, as on X."""


class ProfileRejected(ValueError):
    """The message says what is wrong with which field."""


def checked_name(text: str) -> str:
    name = _checked("name", text, NAME)
    if not name:
        raise ProfileRejected("name: it is empty")
    return name


def checked_description(text: str) -> str:
    """May have several lines."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    description = "\n".join(_checked("description", line, DESCRIPTION) for line in lines)
    return _short("description", description, DESCRIPTION)


def checked_location(text: str) -> str:
    return _checked("location", text, LOCATION)


def checked_url(text: str) -> str:
    """With `http://` before it where it names no scheme; empty for none."""
    url = _checked("url", text, URL)
    if not url:
        return ""
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() or char in '"<>\\`' for char in url):
        raise ProfileRejected(f"url: {text!r} is no address of the web")
    return _short("url", url, URL)


def _checked(field: str, text: str, limit: int) -> str:
    if found := unfit(text):
        raise ProfileRejected(f"{field}: it holds {found}")
    return _short(field, normalize(text).strip(), limit)


def _short(field: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise ProfileRejected(f"{field}: it has {len(text)} characters, {limit} are allowed")
    return text
