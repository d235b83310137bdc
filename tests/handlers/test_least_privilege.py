"""With exactly the printed policies everything works; without any one action, it says which."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import smc
from cli.policy import policy_documents
from emulator.ecs.tables import Disk, Instance
from smc.errors import MigrationError
from smc.handlers import (
    cleanup_guard,
    rehearsal,
    replication_job,
    smoke_test_run,
    source_import,
    wave_run,
)
from smc.handlers.smoke_test_inputs import LaunchInputs, SmokeTestRunInputs, SmokeTestServer
from smc.handlers.transition import TRANSITION_INSTANCE_NAME
from smc.ownership import stack_tags
from smc.policies import SOURCE_ACTIONS, document, source_policy
from smc.settings import load_settings
from smc.waiters import Pace
from smc.wave_plan import WaveJob
from tests.support.cloud import DESTINATION, SOURCE, Cloud, VirtualTime
from tests.support.exact_users import actions_of, log_in_with, without
from tests.support.migration import PACE, STACK, TARGET_REGION, Migrator, grant_access

TARGET = "i-target0files"
LAUNCH = {
    "instanceType": "ecs.g7.large",
    "vswitch": "vsw-target0a",
    "securityGroup": "sg-target0",
}
SETTINGS: dict[str, Any] = {
    "source": {"account": SOURCE, "region": "cn-hangzhou"},
    "destination": {"account": DESTINATION, "region": TARGET_REGION},
    "defaults": {"execution": "drillAndMigrate", "drill": {"kind": "rehearsal"}},
    "servers": {
        "web-1": {
            "select": {"name": "web-1"},
            "target": {"image": "web-1-image"},
            "smokeTest": {"command": "true", "launch": LAUNCH},
        },
        "files-1": {
            "select": {"name": "files-1"},
            "target": {"instance": TARGET, "acknowledge": TARGET},
            "smokeTest": {"command": "true"},
        },
    },
}
PRINTED = policy_documents(load_settings(SETTINGS))
RUNNER = PRINTED["destination"]["policy"]

ONLY_FOR_THE_CONSOLE = frozenset(
    {
        "ecs:DescribeZones",
        "ecs:DescribeSecurityGroupAttribute",
        "ecs:DescribeSecurityGroups",
        "ecs:DescribeSnapshots",
        "ecs:DescribeImages",
        "ecs:DescribeDisks",
    }
)
"""Of the ten documented actions of the role: those that only SMC's console calls."""


def migrate(cloud: Cloud, runner: Mapping[str, Any], role: str) -> str:
    """Walk through everything that the handlers can do; returns the failures of servers."""
    grant_access(cloud, policy=role)
    log_in_with(cloud, "destination", document(*runner["Statement"]), "runner")
    migrator = Migrator(cloud, VirtualTime(cloud.world))
    context = migrator.context
    servers = {name: {"name": name} for name in ("web-1", "files-1", "app-1")}
    imported = migrator.imported(servers)
    failures = dict(imported["failures"])
    ids = {name: record["source_id"] for name, record in imported["sources"].items()}
    jobs = {}
    before = {
        "web-1": migrator.job_inputs("web-1", ids["web-1"]),
        "files-1": migrator.job_inputs(
            "files-1", ids["files-1"], image_name="", instance_id=TARGET
        ),
        "app-1": migrator.job_inputs("app-1", ids["app-1"], every_hours=6, keep_images=1),
    }
    once = {name: before[name] for name in ("web-1", "files-1")}
    rehearsed = rehearsal.rehearse(once, {"files-1"}, 50, context)
    failures |= {f"rehearsal of {n}": o.item.finding for n, o in rehearsed.items() if o.item.fix}
    made = {name: replication_job.create(inputs, context) for name, inputs in before.items()}
    after = before["web-1"].model_copy(update={"description": "changed"})
    replication_job.update(after, before["web-1"], made["web-1"], context)
    for name, outputs in made.items():
        jobs[name] = WaveJob(job_id=outputs["job_id"], source_id=ids[name], run=1, start=True)
    jobs["app-1"] = jobs["app-1"].model_copy(update={"cutover": "now"})
    first = {name: jobs[name] for name in ("files-1", "app-1")}
    finished = migrator.driven(migrator.wave_inputs(first))
    failures |= smoke_tested(migrator, finished["results"])
    # Given up while it runs, so that it has to be stopped.
    short = migrator.wave_inputs({"web-1": jobs["web-1"]}, pace=Pace(20.0, 60.0, 300.0))
    running = migrator.driven(short)
    failures |= finished["failures"] | running["failures"]
    wave_run.stop(short, context)
    adopted = migrator.import_inputs({"files-1": {"source_id": ids["files-1"]}})
    source_import.delete(adopted, source_import.create(adopted, context), context)
    for name, outputs in made.items():
        replication_job.delete(before[name], outputs, context)
    _leave_something(cloud)
    cleanup_guard.delete(migrator.guard_inputs(**{TARGET: TARGET_REGION}), context)
    source_import.delete(migrator.import_inputs(servers), imported, context)
    return "\n".join(failures.values())


def smoke_tested(migrator: Migrator, results: Mapping[str, Any]) -> dict[str, str]:
    """The smoke tests of both kinds; returns their failures."""
    common: dict[str, Any] = {"run": 1, "region": TARGET_REGION, "command": "true"}
    launch = LaunchInputs(
        instance_type=LAUNCH["instanceType"],
        vswitch=LAUNCH["vswitch"],
        security_group=LAUNCH["securityGroup"],
    )
    servers = {
        "files-1": SmokeTestServer(**common, status="Finished", instance_id=TARGET),
        "app-1": SmokeTestServer(
            **common, status="Finished", image_id=results["app-1"]["image_id"], launch=launch
        ),
    }
    inputs = SmokeTestRunInputs(
        wave="all", stack=STACK, destination=migrator.connection, servers=servers, pace=PACE
    )
    failures = smoke_test_run.run(inputs, {}, migrator.context)["failures"]
    return {f"smoke test of {name}": reason for name, reason in failures.items()}


def _leave_something(cloud: Cloud) -> None:
    world = cloud.world
    target = world.table(Instance).get(TARGET)
    assert target is not None
    ours = replace(
        target, instance_id="i-left", name=TRANSITION_INSTANCE_NAME, tags=stack_tags(STACK)
    )
    world.table(Instance).put(ours)
    (system,) = [d for d in world.table(Disk).find(instance_id=TARGET) if d.type == "system"]
    world.table(Disk).put(
        replace(system, disk_id="d-left", name="SMC_Temp_Disk", type="data", used_gib=0.0)
    )


def called(cloud: Cloud, kind: str) -> set[str]:
    """Actions that callers of a kind (`user/runner`, `assumed-role`) called."""
    return {
        f"{entry['service']}:{entry['action']}"
        for entry in cloud.server.gateway.ledger.entries()
        if kind in entry["caller"]
    } - {"sts:GetCallerIdentity"}


def test_with_exactly_the_printed_policies_everything_works(cloud: Cloud) -> None:
    said = migrate(cloud, RUNNER, document(*PRINTED["source"]["role"]["policy"]["Statement"]))
    assert "goes on" in said, said
    assert called(cloud, "user/runner") == actions_of(RUNNER)
    assert called(cloud, "assumed-role") == set(SOURCE_ACTIONS) - ONLY_FOR_THE_CONSOLE
    refused = {e["outcome"] for e in cloud.server.gateway.ledger.entries()}
    assert not {o for o in refused if o.startswith(("Forbidden", "NoPermission"))}, refused


def said_by(cloud: Cloud, runner: Mapping[str, Any], role: str) -> str:
    """What a user is told, as the error of the run or as the failure of a server."""
    try:
        return migrate(cloud, runner, role)
    except MigrationError as error:
        return str(error)


@pytest.mark.parametrize("action", sorted(actions_of(RUNNER)))
def test_without_one_action_of_the_runner_it_says_which(cloud: Cloud, action: str) -> None:
    said = said_by(cloud, without(RUNNER, action), source_policy())
    assert f"{action} failed" in said, said


@pytest.mark.parametrize("action", sorted(set(SOURCE_ACTIONS) - ONLY_FOR_THE_CONSOLE))
def test_without_one_action_of_the_role_it_says_which(cloud: Cloud, action: str) -> None:
    role = without(json.loads(source_policy()), action)
    said = said_by(cloud, RUNNER, document(*role["Statement"]))
    assert f"{action} failed" in said, said


def test_every_call_of_the_library_is_in_one_of_the_policies() -> None:
    """A new call that nobody may make is found here, not in an account."""
    named = {
        node.value
        for path in (Path(smc.__path__[0]) / "api").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(ecs|smc|sts):[A-Za-z]+", node.value)
    }
    assert len(named) > 20
    assert named - {"sts:GetCallerIdentity"} <= actions_of(RUNNER) | set(SOURCE_ACTIONS)
