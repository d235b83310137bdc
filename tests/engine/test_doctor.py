"""The doctor on a stack whose update was really killed, and what its commands mend."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.doctor import examine
from cli.finding import Finding, State
from tests.support.cloud import Cloud, demo_world, running_cloud
from tests.support.project import ROOT, Project

SLOW = 60.0
LONGEST_SECONDS = 60.0


def found(project: Project) -> dict[str, Finding]:
    findings = examine(project.program, "test", "organization", project.stack)
    return {finding.check: finding for finding in findings}


def mend(project: Project, check: str) -> None:
    """Do what the doctor says, as it says it."""
    command = found(project)[check].mend
    assert command.startswith("python -m cli pulumi ")
    done = project.pulumi(*command.split()[4:])
    assert done.code == 0, done.text


def kill_update(project: Project, cloud: Cloud) -> None:
    """SIGKILL the engine while the wave waits for its migrations."""
    update = project.process("up", "--yes", "--skip-preview", output=subprocess.DEVNULL)
    end = time.monotonic() + LONGEST_SECONDS
    while not cloud.counts.get("smc:StartReplicationJob"):
        assert time.monotonic() < end, "the wave did not start"
        assert update.poll() is None
        time.sleep(0.02)
    assert found(project)["lock"].says.startswith("an update runs now")
    update.send_signal(signal.SIGKILL)
    update.wait()


def test_a_killed_update_is_found_and_mended(tmp_path: Path) -> None:
    with running_cloud(tmp_path, demo_world(), SLOW) as cloud:
        project = Project(tmp_path, cloud)
        project.write_settings()
        assert all(f.state is State.OK for f in found(project).values()), found(project)
        kill_update(project, cloud)
        sick = {check: f for check, f in found(project).items() if f.state is State.PROBLEM}
        assert set(sick) == {"lock", "pending operations", "replication jobs"}
        assert "which does not run any more" in sick["lock"].says
        assert "creating all" in sick["pending operations"].says
        mend(project, "lock")
        mend(project, "pending operations")
        cloud.world.clock.speed = 3600.0
        assert project.up().code == 0
        assert all(f.state is State.OK for f in found(project).values()), found(project)
        assert cloud.counts["smc:CreateReplicationJob"] == 2


def test_the_command_asks_the_users_own_pulumi(project: Project) -> None:
    project.write_settings()
    done = subprocess.run(
        [sys.executable, "-m", "cli", "doctor", "--stack", "test", "--json"],
        cwd=project.program,
        env=project.stack.environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout)
    assert (done.returncode, said["healthy"]) == (0, True), said
    assert "pulumi on PATH" in {finding["says"] for finding in said["findings"]}
    assert {"lock", "pending operations"} <= {finding["check"] for finding in said["findings"]}


def test_a_backend_without_login_and_without_the_stack(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_settings()
    monkeypatch.setitem(project.stack.extra_environment, "PULUMI_BACKEND_URL", "file:///nowhere")
    assert found(project)["backend"].mend == "pulumi login"
    monkeypatch.setitem(
        project.stack.extra_environment,
        "PULUMI_BACKEND_URL",
        f"file://{project.stack.home / 'state'}",
    )
    cut_off = project.stack.home / "state/.pulumi/stacks/smc-migration/test.json.attrs"
    cut_off.touch()
    assert found(project)["backend"].says.startswith("error: failed to load checkpoint: EOF")
    assert found(project)["backend"].mend == f"rm {cut_off}"
    cut_off.unlink()
    assert found(project)["backend"].state is State.OK
    monkeypatch.delitem(project.stack.extra_environment, "PULUMI_BACKEND_URL")
    assert project.pulumi("stack", "rm", "test", "--yes", "--preserve-config").code == 0
    assert found(project)["backend"].mend == "python -m cli pulumi stack init --stack test"


def test_a_lock_of_another_machine_is_not_judged(project: Project) -> None:
    project.write_settings()
    held = '{"pid": 1, "username": "anna", "hostname": "ci", "timestamp": "2026-01-01T00:00:00Z"}'
    locks = project.stack.home / "state/.pulumi/locks/organization/smc-migration/test"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "one.json").write_text(held)
    lock = found(project)["lock"]
    assert lock.state is State.UNKNOWN
    assert "anna@ci, process 1" in lock.says
