"""Reading the files of a load: what is wrong is said with file, line and reason."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.load import Malformed, Unreadable, authors_by_followers, read_follows, read_tweets

Write = Callable[[Path, bytes], object]


def plain(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def gzipped(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data))


@pytest.mark.parametrize("write", [plain, gzipped])
def test_good_files(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "f", b"1\t2\n2\t3\r\n007\t99999999999999")
    write(tmp_path / "t", "Dipper on the weir\n  é 🐦 #wren \r\n".encode())
    assert read_follows(tmp_path / "f", stop=True).rows == [(1, 2), (2, 3), (7, 99999999999999)]
    assert len(read_tweets(tmp_path / "t", stop=True).rows) == 2


def test_empty_files_hold_nothing(tmp_path: Path) -> None:
    plain(tmp_path / "f", b"")
    assert read_follows(tmp_path / "f", stop=True).rows == []


@pytest.mark.parametrize("write", [plain, gzipped])
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "expected FOLLOWER<TAB>FOLLOWEE"),
        (b"1 2", "expected FOLLOWER<TAB>FOLLOWEE"),
        (b"1\t", "'' is no account number"),
        (b"1\t2\t3", "no account number"),
        (b"-1\t2", "'-1' is no account number"),
        (b"x\t2", "'x' is no account number"),
        (b"1\t123456789012345", "no account number of at most 14 digits"),
        ("1\t²".encode(), "no account number"),
        (b"3\t03", "account 3 follows itself"),
        (b"\xff\t2", "not UTF-8"),
    ],
)
def test_malformed_follows(tmp_path: Path, write: Write, line: bytes, reason: str) -> None:
    path = tmp_path / "follows"
    write(path, b"1\t2\n" + line + b"\n3\t4\n")
    read = read_follows(path, stop=False)
    assert read.rows == [(1, 2), (3, 4)]
    (malformed,) = read.left_out
    assert str(malformed).startswith(f"{path}:2: ")
    assert reason in str(malformed)
    with pytest.raises(Malformed, match=":2: "):
        read_follows(path, stop=True)


@pytest.mark.parametrize("line", [b"", b"   ", b"x" * 281, b"\xff", "a\ufffeb".encode()])
def test_malformed_tweets(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "tweets"
    plain(path, b"one\n" + line + b"\ntwo\n")
    read = read_tweets(path, stop=False)
    assert read.rows == ["one", "two"]
    assert str(read.left_out[0]).startswith(f"{path}:2: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(b"1\t2\n" * 10_000)[:50])
    with pytest.raises(Unreadable, match=r"broken\.gz"):
        read_follows(broken, stop=False)
    broken.write_bytes(b"\x1f\x8b no gzip at all")
    with pytest.raises(Unreadable, match=r"broken\.gz"):
        read_follows(broken, stop=False)
    with pytest.raises(Unreadable, match="directory"):
        read_tweets(tmp_path, stop=False)
    with pytest.raises(Unreadable, match="No such file"):
        read_tweets(tmp_path / "nothing", stop=False)


def test_tweets_need_somebody_who_is_followed() -> None:
    with pytest.raises(Unreadable, match="nobody is followed"):
        authors_by_followers([], 1)
