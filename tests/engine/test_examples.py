"""Every example runs on the emulator as it stands."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.pulumi_stack import PulumiStack
from smc.api.replication_jobs import describe_replication_jobs
from tests.engine.conftest import FAST
from tests.support.cloud import Cloud, demo_world, running_cloud

EXAMPLES = Path(__file__).parents[2] / "examples"

OTHER_PROGRAM = "own-program"
"""The example whose stack is not made by the project's program, which other tests destroy."""

WANTED: dict[str, dict[str, str]] = {
    "access-only": {},
    "fleet-from-csv": {"web-1": "Finished", "web-2": "Finished", "app-1": "Finished"},
    "image-migration": {"web-1": "Finished"},
    "incremental-with-cutover": {"web-1": "Waiting"},
    OTHER_PROGRAM: {"web-1": "Finished", "web-2": "Finished"},
}
"""Example -> status of its jobs after `pulumi up`."""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud whose files are where the examples look for the local emulator's."""
    local = tmp_path / ".local"
    local.mkdir()
    with running_cloud(local, demo_world(), FAST) as running:
        yield running


def test_every_example_is_tried() -> None:
    assert {program.parent.name for program in EXAMPLES.glob("*/Pulumi.yaml")} == set(WANTED)


@pytest.mark.parametrize("example", WANTED)
def test_example(example: str, cloud: Cloud, tmp_path: Path) -> None:
    folder = tmp_path / "examples" / example
    shutil.copytree(EXAMPLES / example, folder)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    stack = PulumiStack(folder, tmp_path / "home")
    stack.select()
    up = stack.run("up", "--yes", "--skip-preview", "--non-interactive", quiet=True)
    assert up.returncode == 0, up.stdout
    jobs = describe_replication_jobs(cloud.clients("destination"))
    assert {job.name: job.status for job in jobs} == WANTED[example]
    again = stack.run("preview", "--expect-no-changes", "--non-interactive", quiet=True)
    assert again.returncode == 0, again.stdout
    if example != OTHER_PROGRAM:
        return
    down = stack.run("destroy", "--yes", "--skip-preview", "--non-interactive", quiet=True)
    assert down.returncode == 0, down.stdout
    assert describe_replication_jobs(cloud.clients("destination")) == []
