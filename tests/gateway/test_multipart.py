"""Bodies of many parts: what programs send is read as they mean it, all else refused at once."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from gateway.multipart import MOST_PARTS, Part, parts

X = "multipart/form-data; boundary=x"
BODY = b'--x%s\r\nContent-Disposition: form-data; name="a"%s\r\n\r\nb\r\n--x--\r\n'
A_IS_B = Part("a", b"b", True, None)
SECONDS = 1.0

names = st.text(st.characters(categories=["L", "N"]), min_size=1)
boundaries = st.text("0123456789abcdef", min_size=8, max_size=40)


@given(st.lists(st.tuples(names, st.none() | names, st.binary()), max_size=5), boundaries)
def test_what_a_program_sends_is_read(
    fields: list[tuple[str, str | None, bytes]], boundary: str
) -> None:
    assume(not any(boundary.encode() in data for _, _, data in fields))
    sent, kind = encode_multipart_formdata(
        [(name, (file, data) if file else data) for name, file, data in fields], boundary
    )
    assert [(part.name, part.data, part.is_text) for part in parts(kind, sent)] == [
        (name, data, file is None) for name, file, data in fields
    ]


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (b"", A_IS_B),
        (b'; filename=""', A_IS_B),
        (b'; filename="c;d=\\"e\\""', A_IS_B._replace(is_text=False)),
        (b"; filename*=utf-8''c", A_IS_B._replace(is_text=False)),
        (b'; filename="\xff"', A_IS_B._replace(is_text=False)),
        (b"\r\ncontent-type: Text/plain; charset=UTF-8", A_IS_B._replace(charset="UTF-8")),
        (b"\r\nContent-Type: image/png", A_IS_B._replace(is_text=False)),
        (b"\r\nContent-Transfer-Encoding: 8BIT", A_IS_B),
        (b"\r\nX-Empty:", A_IS_B),
    ],
)
def test_a_part_is_what_its_headers_say(more: bytes, part: Part) -> None:
    assert parts(X, BODY % (b"", more)) == [part]


@pytest.mark.parametrize(
    ("encoding", "data"), [(b"base64", b"Yg=="), (b"Quoted-Printable", b"=62")]
)
def test_a_part_may_be_encoded(encoding: bytes, data: bytes) -> None:
    sent = BODY % (b"", b"\r\nContent-Transfer-Encoding: " + encoding)
    assert parts(X, sent.replace(b"\r\nb\r\n", b"\r\n" + data + b"\r\n")) == [A_IS_B]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (X, b"\r\n" + BODY % (b"", b"")),
        (X, BODY % (b" \t", b"")),
        (X, (BODY % (b"", b""))[:-2]),
        (X, BODY % (b"", b"") + b"what follows is nobody's\r\n--x\r\n"),
        ('Multipart/Form-Data;BOUNDARY="x"; charset=utf-8', BODY % (b"", b"")),
    ],
)
def test_a_body_may_be_wrapped_in_these_ways(kind: str, sent: bytes) -> None:
    assert parts(kind, sent) == [A_IS_B]


@pytest.mark.parametrize(
    ("kind", "sent", "said"),
    [
        (X, b"", "begin"),
        (X, b"a preamble\r\n" + BODY % (b"", b""), "begin"),
        (X, b"\r\n\r\n" + BODY % (b"", b""), "begin"),
        (X, BODY % (b"y", b""), "behind"),
        (X, b"--x", "headers"),
        (X, (BODY % (b"", b"")).replace(b"--x--", b"--y--"), "no end"),
        (X, BODY % (b"", b"\r\nno header"), "no header"),
        (X, BODY % (b"", b"\r\n: none"), "no header"),
        (X, BODY % (b"", b"\r\n folded: x"), "no header"),
        (X, BODY % (b"", b"\r\nX: " + b"x" * 4_096), "4096"),
        (X, b"--x\r\n\r\n\r\n\r\n--x--", "name"),
        (X, (BODY % (b"", b"")).replace(b"name=", b"nom="), "name"),
        (X, BODY % (b"", b"\r\nContent-Type: multipart/mixed; boundary=y"), "many parts"),
        (X, BODY % (b"", b"\r\nContent-Transfer-Encoding: foo"), "foo"),
        (X, (BODY % (b"", b""))[:-7] * (MOST_PARTS + 1) + b"\r\n--x--", "100"),
        ("multipart/form-data", BODY % (b"", b""), "boundary"),
        (f"multipart/form-data; boundary={'x' * 71}", BODY % (b"", b""), "boundary"),
        ("multipart/form-data; boundary=\N{BIRD}", BODY % (b"", b""), "ascii"),
    ],
)
def test_what_cannot_be_taken_apart_is_said(kind: str, sent: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parts(kind, sent)


LARGE = 7 * 1024**2
HEAD = b'\r\nContent-Disposition: form-data; name="a"'
SLOW = [
    b"\n" * LARGE,
    b"\r\n" * (LARGE // 2),
    b"--x" + b"\n" * LARGE,
    b"--x" + (HEAD + b"\r\n\r\n" + b"\r\n-" * 20_000 + b"\r\n--x") * 99,
    *(
        b"--x" + (HEAD + more * (4_000 // len(more)) + b"\r\n\r\nb\r\n--x") * 99
        for more in (b";", b'; a="\\";', b";a=", b"; a=b", b"; ", b"\r\nX:", b'"', b"\\")
    ),
]


@pytest.mark.parametrize("sent", SLOW, ids=range(len(SLOW)))
def test_none_takes_long(sent: bytes) -> None:
    began = time.process_time()
    for whole in (sent, sent + b"--\r\n"):
        try:
            parts(X, whole)
        except ValueError:
            continue
    assert time.process_time() - began < SECONDS


@given(st.binary(max_size=200), st.text(max_size=40))
def test_anything_else_is_refused_or_read(sent: bytes, more: str) -> None:
    for kind, body in ((X, b"--x\r\n" + sent), (X, BODY % (b"", sent)), (X + more, sent)):
        try:
            assert len(parts(kind, body)) <= MOST_PARTS
        except ValueError:
            continue
