import stat
from pathlib import Path

import pytest

from deploy.failure import StackError
from deploy.home import Home
from deploy.stack import Stack


def test_a_home_is_held_by_one_supervisor(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert not home.is_locked()
    with home.locked():
        assert home.is_locked()
        with pytest.raises(StackError, match=r"already running .* `birdlog down`"), home.locked():
            pass
    assert not home.is_locked()


def test_nobody_else_may_look_into_a_home_that_is_made(tmp_path: Path) -> None:
    Home(tmp_path / "home").data("redis")
    mode = (tmp_path / "home").stat().st_mode
    assert mode & (stat.S_IRGRP | stat.S_IWGRP | stat.S_IRWXO) == 0


def test_the_environment_moves_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIRDLOG_HOME", str(tmp_path / "elsewhere"))
    home = Home.find()
    assert home.root == tmp_path / "elsewhere"
    assert home.log("kafka").parent.is_dir()
    monkeypatch.delenv("BIRDLOG_HOME")
    assert Home.find().root.name == ".birdlog"


def test_a_home_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="BIRDLOG_HOME"):
        Home(tmp_path / "file").data("redis")
    assert Stack(Home(tmp_path / "file")).notebook.read() is None


def test_a_lock_that_is_somebody_elses_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # which root cannot open either
    with pytest.raises(StackError, match=rf"cannot write to {tmp_path} \(.*BIRDLOG_HOME"):
        Home(tmp_path).is_locked()


def test_no_port_base_is_taken_for_another(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="--port-base 0"):
        Stack(Home(tmp_path / "home"), 0)
