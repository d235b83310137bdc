from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli import __main__ as cli
from tests.support.cloud import Cloud
from tests.support.migration import Migrator, grant_access
from tests.support.project import KEY, SETTINGS

Run = Callable[..., Result]


@pytest.fixture
def migrator(cloud: Cloud, clock: Any) -> Migrator:
    """Handlers on the demo's world, access granted."""
    grant_access(cloud)
    return Migrator(cloud, clock)


@pytest.fixture
def settings(cloud: Cloud) -> dict[str, Any]:
    """Settings of a stack on the cloud; a test may change them before it runs a command."""
    made: dict[str, Any] = yaml.safe_load(yaml.safe_dump(SETTINGS))
    made["emulator"] = str(cloud.address_file)
    for side in ("source", "destination"):
        made[side]["credentials"]["file"] = str(cloud.credentials_file)
    return made


@pytest.fixture
def run(tmp_path: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m cli …` in a project folder whose stack `dev` has these settings."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    monkeypatch.chdir(folder)

    def run(*arguments: str, answer: str = "") -> Result:
        (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {KEY: settings}}))
        return CliRunner().invoke(cli.app, list(arguments), input=answer)

    return run
