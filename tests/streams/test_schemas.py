"""The schemas of events, compared and kept by the command line."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from events.json_schemas import FOLDER, keep, kept
from streams.commands import schemas


def test_todays_schemas_are_kept_when_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(schemas, "kept", partial(kept, tmp_path))
    monkeypatch.setattr(schemas, "keep", partial(keep, folder=tmp_path))
    ask = partial(CliRunner().invoke, schemas.app)
    new = tmp_path / "UserMuted.1.json"
    new.unlink()
    missing = ask([])
    assert missing.exit_code == 1
    assert "not kept as they are: UserMuted.1;" in missing.output
    assert not new.exists()
    assert ask(["--write"]).exit_code == 0
    assert ask([]).exit_code == 0
    assert kept(tmp_path) == kept()
