import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.engine.ensure import PLUGIN_FOLDER, Engine
from tools.engine.environment import engine_environment


@pytest.fixture
def engine(machine: Path) -> Engine:
    plugin = machine / "plugin"
    plugin.mkdir()
    (plugin / "pulumi-resource-alicloud").write_text("plugin")
    return Engine(machine / "bin", plugin, "build")


def test_everything_is_below_the_given_home(machine: Path, engine: Engine) -> None:
    project = machine / "project"
    variables = engine_environment(engine, project)
    assert variables["PULUMI_HOME"] == str(project / "pulumi")
    assert variables["PULUMI_BACKEND_URL"] == f"file://{project}/state?metadata=skip"
    assert (project / "state").is_dir()
    assert variables["PATH"].split(os.pathsep)[0] == str(engine.binaries)
    assert variables["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert list((machine / "home").iterdir()) == []


def test_plugin_is_linked_not_copied(machine: Path, engine: Engine) -> None:
    engine_environment(engine, machine / "project")
    folder = machine / "project" / "pulumi" / "plugins" / PLUGIN_FOLDER
    # Pulumi lists real folders only, but follows links inside them.
    assert folder.is_dir()
    assert not folder.is_symlink()
    binary = folder / "pulumi-resource-alicloud"
    assert binary.is_symlink()
    assert binary.read_text() == "plugin"


def test_link_follows_a_newer_plugin(machine: Path, engine: Engine) -> None:
    engine_environment(engine, machine / "project")
    newer = machine / "newer"
    newer.mkdir()
    (newer / "pulumi-resource-alicloud").write_text("newer")
    engine_environment(Engine(engine.binaries, newer, "build"), machine / "project")
    folder = machine / "project" / "pulumi" / "plugins" / PLUGIN_FOLDER
    assert (folder / "pulumi-resource-alicloud").read_text() == "newer"


def test_two_processes_link_at_once(machine: Path, engine: Engine) -> None:
    homes = [machine / f"project-{number // 8}" for number in range(400)]
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda home: engine_environment(engine, home), homes))
    assert len(results) == 400
    assert not list(machine.glob("project-*/pulumi/.linking-*"))


def test_state_folder_is_a_valid_url(machine: Path, engine: Engine) -> None:
    variables = engine_environment(engine, machine / "50%41 #1")
    assert variables["PULUMI_BACKEND_URL"] == f"file://{machine}/50%2541%20%231/state?metadata=skip"
