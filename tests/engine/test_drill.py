"""Drills on the real engine: alone, before a migration, and with a critical item."""

import json
import subprocess
import sys
from dataclasses import replace

from emulator.ecs.tables import Instance
from tests.engine.test_executions import assert_clean, assert_nothing_to_do, statuses
from tests.support.cloud import Cloud
from tests.support.project import ROOT, Project


def rsync(cloud: Cloud, instance_id: str, state: str) -> None:
    """Let the server tell the script whether it has rsync."""
    table = cloud.world.table(Instance)
    row = table.get(instance_id)
    assert row is not None
    (answer,) = row.answers
    other = {"present": "missing", "missing": "present"}[state]
    output = answer.output.replace(f"rsync={other}", f"rsync={state}")
    with cloud.world.transaction():
        table.put(replace(row, answers=[replace(answer, output=output)]))


def test_a_drill_alone_starts_nothing_and_fails_nothing(
    project: Project, fast_cloud: Cloud
) -> None:
    project.settings["defaults"] = {"execution": "drillOnly"}
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"app-1": "Ready", "web-1": "Ready"}
    outputs = project.outputs()
    assert outputs["failures"] == {}
    reports = outputs["drillReports"]
    assert reports["web-1"]["items"] == []
    assert [item["severity"] for item in reports["app-1"]["items"]] == ["Warning"]
    assert_nothing_to_do(project)
    commands = fast_cloud.counts["ecs:RunCommand"]

    rsync(fast_cloud, "i-source0web1", "missing")
    project.settings["servers"]["web-1"]["run"] = 2
    done = project.up()
    assert_clean(done)
    assert project.outputs()["drillReports"]["web-1"]["critical"] == 1
    assert fast_cloud.counts["ecs:RunCommand"] == commands + 1

    # The server is mended, and its migration is wanted: both are seen by the next update.
    rsync(fast_cloud, "i-source0web1", "present")
    project.settings["defaults"] = {"execution": "drillAndMigrate"}
    assert_clean(project.up())
    assert set(statuses(fast_cloud).values()) == {"Finished"}
    assert_nothing_to_do(project)
    assert project.destroy().code == 0
    assert project.state() == []


def test_a_critical_item_keeps_its_server_from_being_migrated_and_holds_the_next_wave(
    project: Project, fast_cloud: Cloud
) -> None:
    # Nothing is said of an execution: this is the default.
    del project.settings["defaults"]
    project.settings["waves"] = {"front": {"onFailure": "hold"}, "back": {"after": ["front"]}}
    servers = project.settings["servers"]
    servers["web-1"]["wave"] = servers["app-1"]["wave"] = "front"
    servers["web-2"] = {
        "select": {"name": "web-2"},
        "target": {"image": "web-2-image"},
        "wave": "back",
    }
    rsync(fast_cloud, "i-source0web1", "missing")
    done = project.up()
    assert done.code != 0
    assert "web-1: the drill found 1 critical item: rsync: is not installed" in done.text
    assert "app-1: Warning: firewall: enabled: firewalld" in done.text
    assert "web-2: not started, for servers of wave front are not migrated" in done.text
    assert "Traceback" not in done.text
    assert statuses(fast_cloud) == {"app-1": "Finished", "web-1": "Ready", "web-2": "Ready"}
    assert fast_cloud.counts["smc:StartReplicationJob"] == 1

    rsync(fast_cloud, "i-source0web1", "present")
    assert_clean(project.up())
    assert set(statuses(fast_cloud).values()) == {"Finished"}
    assert fast_cloud.counts["smc:StartReplicationJob"] == 3


def test_without_a_drilled_server_there_is_no_drill(project: Project) -> None:
    project.settings["servers"]["web-1"]["execution"] = "immediate"
    project.settings["servers"]["app-1"]["execution"] = "createOnly"
    done = project.preview()
    assert_clean(done)
    assert "DrillRun" not in done.text


def test_the_command_prints_the_reports_of_the_last_update(project: Project) -> None:
    def drill(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cli", "drill", "--stack", "test", *arguments],
            cwd=project.program,
            env=project.stack.environment() | {"PYTHONPATH": str(ROOT), "COLUMNS": "140"},
            capture_output=True,
            text=True,
            check=False,
        )

    project.settings["defaults"] = {"execution": "drillOnly"}
    project.write_settings()
    before = drill()
    assert (before.returncode, before.stdout.startswith("No server has been drilled")) == (0, True)
    assert_clean(project.up())
    done = drill("--json")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"app-1", "web-1"}
    assert "enabled: firewalld" in drill().stdout
    assert "cannot be read" in drill("--stack", "nowhere").stderr
