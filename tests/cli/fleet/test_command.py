"""The commands as a user types them, as far as nothing is driven."""

import io
import signal
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from cli import __main__ as cli
from cli.embedded import embedded_pulumi
from cli.fleet import command
from cli.fleet.engine import Engine
from cli.fleet.fleet_file import fleet_file, write_split
from cli.fleet.split import By, Members, Split
from cli.stack_file import KEY
from smc.errors import MigrationError
from tests.support.fleet import fleet_servers
from tests.support.project import SETTINGS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    content = {"config": {KEY: SETTINGS | {"servers": fleet_servers(5)}}}
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return tmp_path


def test_a_plan_is_printed_and_nothing_is_written(folder: Path) -> None:
    said = CliRunner().invoke(cli.app, ["fleet", "plan", "--stack", "prod", "--size", "2"])
    assert said.exit_code == 0, said.output
    assert "5 servers in 3 stacks, by at most 2 a stack" in said.output
    assert [file.name for file in folder.iterdir()] == ["Pulumi.prod.yaml"]


def test_without_a_yes_nothing_is_begun(folder: Path) -> None:
    said = CliRunner().invoke(cli.app, ["fleet", "up", "--stack", "prod"], input="n\n")
    assert said.exit_code == 1
    assert "Migrate 5 servers?" in said.output
    assert [file.name for file in folder.iterdir()] == ["Pulumi.prod.yaml"]


def test_stacks_of_the_emulators_fleet_have_its_pulumi(tmp_path: Path) -> None:
    split = Split(By.WAVE, 500, {"dev-front": Members("front", ("web-1",))})
    write_split(fleet_file(tmp_path, "dev"), split)
    theirs = {
        name: embedded_pulumi(tmp_path, tmp_path, name) is not None
        for name in ("dev", "dev-access", "dev-front", "dev-back", "prod")
    }
    assert theirs == {
        "dev": True,
        "dev-access": True,
        "dev-front": True,
        "dev-back": False,
        "prod": False,
    }


class Driven:
    """Counts how often it is asked to end."""

    def __init__(self) -> None:
        self.asked = 0

    def cancel(self) -> None:
        self.asked += 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_it_to_end_is_told_how_it_goes_on(number: signal.Signals) -> None:
    driven, file = Driven(), io.StringIO()
    before = signal.getsignal(number)
    console = Console(file=file, width=200)
    with command.interruptions(console, driven, "`fleet up`") as caught:
        signal.raise_signal(number)
        assert driven.asked == 1
        signal.raise_signal(number)
    assert (driven.asked, caught) == (2, [number, number])
    first, second = file.getvalue().splitlines()
    assert first.startswith("cancelling. SMC goes on with what was started; `fleet up` takes it up")
    assert second == "ending at once."
    assert signal.getsignal(number) == before


def test_without_pulumi_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MigrationError, match="there is no pulumi on PATH"):
        Engine(tmp_path, None)
