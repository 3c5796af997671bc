"""The parts of a `multipart/form-data` body (RFC 7578), taken apart where it lies.

aiohttp reads what may stand before the first part line by line, and answers nobody meanwhile: for
7 MB of line ends that takes ten seconds. Here nothing may stand before it.
"""

import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

MOST_PARTS = 100
MAX_HEAD_BYTES = 4_096
"""Of the headers of one part."""

MOST_BOUNDARY = 70

_parameters = re.compile(
    r';[ \t]*([^\s"=;]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))'
).findall
_is_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": binascii.a2b_base64,
    "quoted-printable": binascii.a2b_qp,
    "binary": bytes,
    "8bit": bytes,
    "7bit": bytes,
}
"""By `Content-Transfer-Encoding`."""


class Part(NamedTuple):
    """What is no text is a file. `charset` is what the part says of itself."""

    name: str
    data: bytes
    is_text: bool
    charset: str | None


def parts(content_type: str, sent: bytes) -> Sequence[Part]:
    """Of all that was sent. Raises `ValueError` for what cannot be taken apart, and for more than
    `MOST_PARTS`."""
    boundary = b"--" + _boundary(content_type)
    sent = sent.removeprefix(b"\r\n")
    if not sent.startswith(boundary):
        raise ValueError("it does not begin with its boundary")
    found: list[Part] = []
    for piece in sent[len(boundary) :].split(b"\r\n" + boundary, MOST_PARTS + 1):
        if piece.startswith(b"--"):
            return found
        if len(found) == MOST_PARTS:
            raise ValueError(f"more than {MOST_PARTS} parts")
        found.append(_part(piece))
    raise ValueError("it has no end")


def _boundary(content_type: str) -> bytes:
    said = _parameters_of(content_type).get("boundary", "")
    if not 0 < len(said) <= MOST_BOUNDARY:
        raise ValueError(f"a boundary has 1 to {MOST_BOUNDARY} characters")
    return said.encode("ascii")


def _part(piece: bytes) -> Part:
    """`piece` begins behind the boundary, and ends before the next."""
    end = piece.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    if end < 0:
        raise ValueError(f"the headers of a part have no end, or more than {MAX_HEAD_BYTES} bytes")
    headers = _headers(piece[:end])
    disposition = _parameters_of(headers.get("content-disposition", ""))
    kind = headers.get("content-type", "text/plain")
    if "name" not in disposition or kind.lower().startswith("multipart/"):
        raise ValueError("a part without a name, or of many parts")
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding not in DECODERS:
        raise ValueError(f"a part is encoded as {encoding[:40]}")
    is_file = disposition.get("filename") or "filename*" in disposition
    return Part(
        name=disposition["name"],
        data=DECODERS[encoding](piece[end + 4 :]),
        is_text=not is_file and kind.lower().startswith("text/"),
        charset=_parameters_of(kind).get("charset"),
    )


def _headers(head: bytes) -> Mapping[str, str]:
    """By their names in small letters. A program may write the name of a file as it likes."""
    padding, *lines = head.decode(errors="replace").split("\r\n")
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _is_token(name):
            raise ValueError("a part has a line that is no header")
        found[name.lower()] = value.strip()
    if padding.strip(" \t"):
        raise ValueError("something stands behind a boundary")
    return found


def _parameters_of(value: str) -> Mapping[str, str]:
    """Those of a header, as `boundary` of `multipart/form-data; boundary=x`."""
    return {name.lower(): quoted or plain for name, quoted, plain in _parameters(value)}
