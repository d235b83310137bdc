"""What cannot be read of a stack, and what to do then."""

from pathlib import Path

import pytest

from cli import stack_state
from cli.stack_file import raw_settings
from smc.errors import MigrationError, SettingsError


def test_a_pulumi_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MigrationError, match="there is no pulumi on PATH"):
        stack_state.outputs("prod", None)


def test_a_stack_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        raw_settings(tmp_path, "prod")
    assert "Pulumi.prod.yaml: cannot be read: No such file or directory." in str(refused.value)
    assert "Errno" not in str(refused.value)


def test_a_password_in_the_address_of_a_backend_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho postgres://anna:sesame@db/state: refused >&2\nexit 1\n")
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(MigrationError, match=r"postgres://anna:\*\*\*\*@db/state: refused") as told:
        stack_state.outputs("prod", None)
    assert "sesame" not in str(told.value)
