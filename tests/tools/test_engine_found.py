from collections.abc import Callable
from pathlib import Path

import pytest

from tools.engine.found import plugin_of_user, pulumi_on_path

Write = Callable[[str, str], Path]


def test_new_enough_with_language_host(machine: Path, write_program: Write) -> None:
    write_program("pulumi", "#!/bin/sh\necho v3.260.1\n")
    for name in (
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    ):
        write_program(name, "#!/bin/sh\n")
    assert pulumi_on_path() == machine / "programs"


@pytest.mark.parametrize(
    "pulumi",
    [
        pytest.param("echo v3.229.9", id="too old"),
        pytest.param("echo development", id="no version"),
        pytest.param("exit 1", id="broken"),
    ],
)
def test_not_usable(write_program: Write, pulumi: str) -> None:
    write_program("pulumi", f"#!/bin/sh\n{pulumi}\n")
    write_program("pulumi-language-python", "#!/bin/sh\n")
    assert pulumi_on_path() is None


def test_without_language_host(write_program: Write) -> None:
    write_program("pulumi", "#!/bin/sh\necho v3.260.1\n")
    assert pulumi_on_path() is None


@pytest.mark.usefixtures("machine")
def test_none_on_path() -> None:
    assert pulumi_on_path() is None


@pytest.mark.parametrize("home", [None, "elsewhere"])
def test_plugin_in_the_users_home(
    machine: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    root = machine / "home" / ".pulumi" if home is None else machine / home
    if home is not None:
        monkeypatch.setenv("PULUMI_HOME", str(root))
    assert plugin_of_user("resource-alicloud-v4.0.0") is None
    installed = root / "plugins" / "resource-alicloud-v4.0.0"
    installed.mkdir(parents=True)
    binary = installed / "pulumi-resource-alicloud"
    binary.symlink_to("removed")
    assert plugin_of_user("resource-alicloud-v4.0.0") is None
    binary.unlink()
    binary.touch()
    assert plugin_of_user("resource-alicloud-v4.0.0") == installed
    (root / "plugins" / "resource-alicloud-v4.0.0.partial").touch()
    assert plugin_of_user("resource-alicloud-v4.0.0") is None
