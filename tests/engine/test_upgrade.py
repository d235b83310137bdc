"""A stack made by an earlier version: previewed, destroyed, and if a module of it is missing."""

import json
import re
import shutil
from pathlib import Path

import pytest

from emulator.smc.tables import ReplicationJob
from tests.engine.conftest import FAST
from tests.golden import STATES, restored
from tests.support.project import ROOT

OF_A_MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|usr|var|Users)/|\.venv|127\.0\.0\.1|localhost"
)
OUR_KINDS = {
    "CleanupGuard",
    "DrillRun",
    "ReplicationJob",
    "SmokeTestRun",
    "SourceImport",
    "WaveRun",
}

ONLY_THE_COPY = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__name__", "") != "_EditableFinder"]
"""
"""Else the project's own installation would find what the copy of the program lacks."""

SECRET = re.compile(r"4dabf18193072939515e22adb298388d|accessKey|secret[^s]|ciphertext|STS\.")


@pytest.mark.parametrize("version", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_state_of_an_earlier_version_needs_no_change_and_can_be_destroyed(
    tmp_path: Path, version: Path
) -> None:
    with restored(tmp_path, version) as project:
        preview = project.preview("--expect-no-changes", "--diff")
        assert preview.code == 0, preview.text
        # What an hour changes is waited for from here on.
        project.cloud.world.clock.speed = FAST
        destroyed = project.destroy()
        assert destroyed.code == 0, destroyed.text
        assert project.state() == []
        assert list(project.cloud.world.table(ReplicationJob)) == []


@pytest.mark.parametrize("version", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_state_that_is_kept_has_every_kind_of_resource_and_nothing_of_a_machine(
    version: Path,
) -> None:
    text = version.read_text()
    resources = json.loads(text)["state"]["deployment"]["resources"]
    kinds = {r["type"].removeprefix("pulumi-python:dynamic/smc:") for r in resources}
    assert kinds > OUR_KINDS
    assert OF_A_MACHINE.search(text) is None
    assert SECRET.search(text) is None


def test_a_module_that_is_missing_loses_nothing_and_an_old_path_can_be_kept(
    tmp_path: Path,
) -> None:
    """Somebody moves a provider's module: states name it by its old path."""
    (latest, *_) = sorted(STATES.glob("*.json"), reverse=True)
    with restored(tmp_path, latest) as project:
        project.cloud.world.clock.speed = FAST
        project.stack.extra_environment["PYTHONPATH"] = str(project.program)
        (project.program / "sitecustomize.py").write_text(ONLY_THE_COPY)
        providers = project.program / "providers"
        providers.unlink()
        shutil.copytree(ROOT / "providers", providers, ignore=shutil.ignore_patterns("__pycache__"))
        (providers / "replication_job.py").rename(providers / "moved.py")
        for path in providers.glob("*.py"):
            moved = path.read_text().replace("providers.replication_job", "providers.moved")
            path.write_text(moved)
        before = {resource["urn"] for resource in project.state()}
        failed = project.destroy()
        assert failed.code != 0
        assert "No module named 'providers.replication_job'" in failed.text
        left = {resource["urn"] for resource in project.state()}
        jobs = {urn for urn in before if "ReplicationJob" in urn}
        assert jobs <= left <= before
        assert {urn for urn in before - left if "Run::" not in urn} == set()

        shim = "from providers.moved import ReplicationJobProvider\n"
        (providers / "replication_job.py").write_text(shim)
        destroyed = project.destroy()
        assert destroyed.code == 0, destroyed.text
        assert project.state() == []
