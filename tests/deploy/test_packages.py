"""No service is started by a package that is installed, and none is kept from it afterwards."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy import packages

FORBIDDEN = 101


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", path)
    return path


def asked(policy: Path) -> int:
    return subprocess.run(("sh", policy), check=False).returncode


def test_services_are_forbidden_while_packages_are_installed(policy: Path) -> None:
    with packages.no_service_starts():
        assert os.access(policy, os.X_OK)
        assert asked(policy) == FORBIDDEN
    assert not policy.exists()


def test_one_that_was_killed_forbids_nothing_and_is_cleared_away(policy: Path) -> None:
    with subprocess.Popen(["true"]) as killed:
        pass
    policy.write_text(packages.policy(killed.pid))
    assert asked(policy) == 0
    with packages.no_service_starts():
        assert asked(policy) == FORBIDDEN
    assert not policy.exists()


def test_a_policy_of_somebody_elses_stays(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 101\n")
    with packages.no_service_starts():
        pass
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"
