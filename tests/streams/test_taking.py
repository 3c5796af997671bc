"""What a snapshot that fails leaves behind."""

from pathlib import Path

import pytest

from streams.snapshot.manifest import SnapshotRefused
from streams.snapshot.taking import prepared


class Unexpected(BaseException):
    """What ends a program."""


def fails(folder: Path) -> None:
    with prepared(folder):
        (folder / "log" / "tweets.0.jsonl.gz").touch()
        (folder / "manifest.json").touch()
        raise Unexpected


def test_nothing_is_left_of_one_that_fails(tmp_path: Path) -> None:
    for folder in (tmp_path / "new", tmp_path):
        with pytest.raises(Unexpected):
            fails(folder)
        assert list(tmp_path.iterdir()) == []
    with prepared(tmp_path):
        pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log", "media", "tables"]


def test_what_was_there_before_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letters").touch()
    with pytest.raises(SnapshotRefused, match="is not empty"):
        fails(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["letters"]
