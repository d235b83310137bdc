"""Inventory files from the source account, in a folder as a user has it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.__main__ import app
from emulator.ecs.tables import Instance
from smc.errors import MigrationError
from smc.settings import load_settings
from tests.support.cloud import Cloud
from tests.support.migration import grant_access
from tests.support.project import KEY, SETTINGS


@pytest.fixture
def folder(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with a stack file that names its accounts and an inventory."""
    settings = yaml.safe_load(yaml.safe_dump(SETTINGS))
    for side in ("source", "destination"):
        settings[side]["credentials"]["file"] = str(cloud.credentials_file)
    settings |= {"emulator": str(cloud.address_file), "servers": {}, "serversFile": "servers.csv"}
    (tmp_path / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": {KEY: settings}}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["discover", "--stack", "test", *arguments])


def said(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done.output


def selected(folder: Path, file: str = "servers.csv") -> dict[str, Any]:
    """Servers of the file as the program reads them: their selectors and images."""
    config = yaml.safe_load((folder / "Pulumi.test.yaml").read_text())["config"][KEY]
    settings = load_settings({**config, "serversFile": file}, folder)
    return {
        name: (server.select.describe() if server.select else "", server.target.image)
        for name, server in settings.servers.items()
    }


FRONT = {
    "web-1": ("id i-source0web1", "web-1-migrated"),
    "web-2": ("id i-source0web2", "web-2-migrated"),
}


@pytest.mark.parametrize("file", ["servers.csv", "servers.yaml"])
@pytest.mark.parametrize("how", [("--tag", "tier=front"), ("--name", "web-*")])
def test_what_is_found_can_be_migrated(folder: Path, file: str, how: tuple[str, str]) -> None:
    """Without a role yet: the source account's own credentials are used."""
    assert "2 added" in said(*how, "--output", file)
    assert selected(folder, file) == FRONT
    assert "192.168.0.11" in (folder / file).read_text()


def test_the_role_is_used_where_there_is_one(folder: Path, cloud: Cloud) -> None:
    grant_access(cloud)
    cloud.write_credentials(source="not-the-secret")
    said("--all")
    assert len(selected(folder)) == 9


def test_names_that_are_there_twice_or_not_allowed_become_other_names(
    folder: Path, cloud: Cloud
) -> None:
    table = cloud.world.table(Instance)
    for identifier, name in (("i-source0web1", "\u5546\u5e97 1.a"), ("i-source0web2", "9")):
        row = table.get(identifier)
        assert row is not None
        with cloud.world.transaction():
            table.put(replace(row, name=name))
    said("--all")
    ids = {how: name for name, (how, _) in selected(folder).items()}
    assert ids["id i-source0twin1"] == "twin"
    assert ids["id i-source0twin2"] == "twin-i-source0twin2"
    assert ids["id i-source0web1"] == "server-1-a"
    assert ids["id i-source0web2"] == "server-9"


@pytest.mark.parametrize("file", ["servers.csv", "servers.yaml"])
def test_a_file_is_replaced_only_when_asked(folder: Path, file: str) -> None:
    said("--tag", "tier=front", "--output", file)
    before = (folder / file).read_bytes()
    refused = run("--all", "--output", file)
    assert isinstance(refused.exception, MigrationError)
    assert "--merge adds what it lacks, --force replaces it" in str(refused.exception)
    assert (folder / file).read_bytes() == before
    said("--all", "--force", "--output", file)
    assert len(selected(folder, file)) == 9


OWN_CSV = """\
# ours, by hand\r
server;privateIp;target.image;wave\r
shop;192.168.0.11;shop-new;\r
web-2;192.168.0.21;app-new;"""

OWN_YAML = """\
# ours, by hand
shop: {select: {privateIp: 192.168.0.11}, target: {image: shop-new}}
web-2: {select: {name: app-1}, target: {image: app-new}}
"""


@pytest.mark.parametrize(("file", "text"), [("s.csv", OWN_CSV), ("s.yaml", OWN_YAML)])
def test_merging_keeps_every_line_and_adds_what_is_not_selected(
    folder: Path, file: str, text: str
) -> None:
    text = text.replace("privateIp;target", "privateIp;id;target").replace(".11;", ".11;;")
    text = text.replace(".21;", ".21;;")
    (folder / file).write_text(text, newline="")
    done = said("--tag", "tier=front", "--merge", "--output", file)
    assert "1 added, 1 listed already" in done
    assert (folder / file).read_bytes().decode().startswith(text.rstrip("\n"))
    names = selected(folder, file)
    assert set(names) == {"shop", "web-2", "web-2-i-source0web2"}
    assert names["web-2-i-source0web2"][0] == "id i-source0web2"
    again = (folder / file).read_bytes()
    assert "0 added, 2 listed already" in said("--tag", "tier=front", "--merge", "--output", file)
    assert (folder / file).read_bytes() == again


def test_a_file_without_the_columns_is_not_merged_into(folder: Path) -> None:
    (folder / "servers.csv").write_bytes(OWN_CSV.encode())
    refused = run("--all", "--merge")
    assert "has no column id" in str(refused.exception)
    assert (folder / "servers.csv").read_bytes().decode() == OWN_CSV


@pytest.mark.parametrize("arguments", [(), ("--all", "--name", "x"), ("--tag", "front")])
def test_what_is_wanted_has_to_be_said(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert not (folder / "servers.csv").exists()


def test_a_stack_file_that_is_not_there_is_said(folder: Path) -> None:
    (folder / "Pulumi.test.yaml").unlink()

    refused = run("--all")

    assert isinstance(refused.exception, MigrationError)
    assert "Pulumi.test.yaml: cannot be read" in str(refused.exception)
