"""Drills: each server's report, who is blocked, and who is asked again."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.ecs.assistant_tables import Invocation, InvocationResult
from emulator.ecs.tables import Instance
from emulator.smc.tables import SourceServer
from smc.api.tags import tag_source_servers
from smc.handlers import drill_run
from smc.handlers.drill_inputs import DrillRunInputs, DrillServer
from smc.handlers.source_removal import delete_sources
from smc.ownership import FINISHED_TAG
from tests.support.migration import PACE, STACK, TARGET_REGION, Migrator

TARGET = "i-target0files"


def drill_inputs(migrator: Migrator, *names: str, **targets: str) -> DrillRunInputs:
    """Import demo servers and describe their drill; `targets` are instances to replace."""
    outputs = migrator.imported({name: {"name": name} for name in names})
    assert outputs["failures"] == {}
    servers = {
        name: DrillServer(
            source_id=record["source_id"],
            source_instance=record["instance_id"],
            os_type=record["os_type"],
            target_instance=targets.get(name.replace("-", "_"), ""),
            target_region=TARGET_REGION,
            run=1,
        )
        for name, record in outputs["sources"].items()
    }
    return DrillRunInputs(
        wave="all",
        stack=STACK,
        destination=migrator.connection,
        role=migrator.role(),
        servers=servers,
        pace=replace(PACE, deadline_seconds=600.0),
    )


def drilled(migrator: Migrator, inputs: DrillRunInputs) -> dict[str, Any]:
    return drill_run.drill(inputs, None, {}, migrator.context)


def change(migrator: Migrator, instance_id: str, **changes: Any) -> None:
    table = migrator.cloud.world.table(Instance)
    row = table.get(instance_id)
    assert row is not None
    with migrator.cloud.world.transaction():
        table.put(replace(row, **changes))


def answer(migrator: Migrator, instance_id: str, old: str, new: str) -> None:
    """Let the server answer the script otherwise."""
    row = migrator.cloud.world.table(Instance).get(instance_id)
    assert row is not None
    (only,) = row.answers
    assert old in only.output
    changed = replace(only, output=only.output.replace(old, new))
    change(migrator, instance_id, answers=[changed])


def asked(migrator: Migrator) -> list[set[str]]:
    """The instances of each drill's command so far."""
    world = migrator.cloud.world
    results = world.table(InvocationResult)
    return [
        {result.instance_id for result in results.find(invoke_id=invocation.invoke_id)}
        for invocation in world.table(Invocation)
        if invocation.name.startswith("smc-migration-drill-")
    ]


def test_every_server_has_its_report(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "app-1", "db-1", "files-1", files_1=TARGET)
    before = dict(migrator.cloud.counts)
    outputs = drilled(migrator, inputs)
    reports = outputs["reports"]
    assert outputs["blocked"] == {}
    assert {n: (r["critical"], r["warning"], r["not_checked"]) for n, r in reports.items()} == {
        "app-1": (0, 1, 0),
        "db-1": (0, 0, 0),
        "files-1": (0, 0, 0),
        "web-1": (0, 0, 0),
    }
    assert reports["app-1"]["items"] == [
        {
            "name": "firewall",
            "severity": "Warning",
            "finding": "enabled: firewalld",
            "fix": "let the server reach the service on port 443, and its transition instance on"
            " 8080 and 8703.",
        }
    ]
    assert reports["files-1"]["ok"] == reports["web-1"]["ok"] + 1
    assert drill_run.is_complete(inputs, outputs)
    # Nothing but the script is run, once a system in a session of its own; nothing is changed.
    made = {a: n - before.get(a, 0) for a, n in migrator.cloud.counts.items()}
    changing = {a: n for a, n in made.items() if n and ":Describe" not in a}
    assert changing == {"sts:AssumeRole": 3, "ecs:RunCommand": 2}


def test_a_critical_item_blocks_and_only_who_is_blocked_is_asked_again(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2")
    answer(migrator, "i-source0web1", "rsync=present", "rsync=missing")
    first = drilled(migrator, inputs)
    assert first["blocked"] == {
        "web-1": "the drill found 1 critical item: rsync: is not installed; SMC's client fails with"
        " S1. Fix: install it: yum, apt-get or zypper install rsync."
    }
    assert not drill_run.is_complete(inputs, first)
    answer(migrator, "i-source0web1", "rsync=missing", "rsync=present")
    second = drill_run.drill(inputs, inputs, first, migrator.context)
    assert asked(migrator) == [{"i-source0web1", "i-source0web2"}, {"i-source0web1"}]
    assert second["blocked"] == {}
    assert second["reports"]["web-2"] == first["reports"]["web-2"]
    assert drill_run.is_complete(inputs, second)


def test_a_new_run_is_drilled_again_and_a_removed_server_is_forgotten(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2", "files-1")
    first = drilled(migrator, inputs)
    again = inputs.servers["web-1"].model_copy(update={"run": 2})
    after = inputs.model_copy(
        update={"servers": {"web-1": again, "web-2": inputs.servers["web-2"]}}
    )
    second = drill_run.drill(after, inputs, first, migrator.context)
    assert asked(migrator)[1:] == [{"i-source0web1"}]
    assert set(second["reports"]) == {"web-1", "web-2"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cloud_assistant": False}, "the script ended as Aborted (ClientNotRunning)"),
        ({"status": "Stopped"}, "the script ended as Aborted (InstanceNotRunning)"),
        ({"answers": []}, "the script printed nothing"),
    ],
)
def test_a_server_that_cannot_be_asked_is_not_checked_and_not_blocked(
    migrator: Migrator, changes: dict[str, Any], says: str
) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2")
    change(migrator, "i-source0web1", **changes)
    outputs = drilled(migrator, inputs)
    (item,) = outputs["reports"]["web-1"]["items"]
    assert (item["severity"], item["name"]) == ("NotChecked", "check script")
    assert item["finding"].startswith(says)
    assert outputs["reports"]["web-1"]["ok"] == 1
    assert outputs["reports"]["web-2"]["not_checked"] == 0
    assert outputs["blocked"] == {}
    assert drill_run.is_complete(inputs, outputs)


def test_an_instance_that_is_gone_does_not_hold_up_the_others(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2")
    with migrator.cloud.world.transaction():
        migrator.cloud.world.table(Instance).delete("i-source0web1")
    reports = drilled(migrator, inputs)["reports"]
    assert asked(migrator) == [{"i-source0web2"}]
    (item,) = reports["web-1"]["items"]
    assert item["finding"].startswith("Cloud Assistant does not accept the script. ecs:RunCommand")
    assert reports["web-2"]["not_checked"] == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exit_code": 3}, "the script ended as Failed (ExitCodeNonzero)"),
        ({"seconds": 9000.0}, "the script ended as Timeout"),
    ],
)
def test_a_script_that_fails_is_not_believed(
    migrator: Migrator, changes: dict[str, Any], says: str
) -> None:
    inputs = drill_inputs(migrator, "web-1")
    row = migrator.cloud.world.table(Instance).get("i-source0web1")
    assert row is not None
    change(migrator, "i-source0web1", answers=[replace(row.answers[0], **changes)])
    (item,) = drilled(migrator, inputs)["reports"]["web-1"]["items"]
    assert item["finding"].startswith(says)


def test_a_script_that_does_not_end_in_time_is_not_waited_for(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1")
    row = migrator.cloud.world.table(Instance).get("i-source0web1")
    assert row is not None
    change(migrator, "i-source0web1", answers=[replace(row.answers[0], seconds=100.0)])
    impatient = inputs.model_copy(update={"pace": replace(PACE, deadline_seconds=30.0)})
    (item,) = drilled(migrator, impatient)["reports"]["web-1"]["items"]
    assert item["finding"] == "the script has not ended in time"


def test_an_adopted_source_is_not_asked_and_not_blocked(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1")
    adopted = inputs.servers["web-1"].model_copy(update={"source_instance": ""})
    outputs = drilled(migrator, inputs.model_copy(update={"servers": {"web-1": adopted}}))
    (item,) = outputs["reports"]["web-1"]["items"]
    assert item["severity"] == "NotChecked"
    assert outputs["blocked"] == {}
    assert asked(migrator) == []


def test_a_server_that_is_migrated_is_not_asked_and_not_blocked(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2")
    source_id = inputs.servers["web-1"].source_id
    tag_source_servers(migrator.clients, [source_id], {FINISHED_TAG: "1"})
    change(migrator, "i-source0web1", status="Stopped")
    outputs = drilled(migrator, inputs)
    assert outputs["blocked"] == {}
    assert (outputs["reports"]["web-1"]["ok"], outputs["reports"]["web-1"]["items"]) == (1, [])
    assert asked(migrator) == [{"i-source0web2"}]
    assert drill_run.is_complete(inputs, outputs)


def test_a_server_that_is_not_imported_has_no_report(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1")
    missing = inputs.servers["web-1"].model_copy(update={"source_id": "", "source_instance": ""})
    both = inputs.model_copy(update={"servers": {**inputs.servers, "web-2": missing}})
    outputs = drilled(migrator, both)
    assert set(outputs["reports"]) == {"web-1"}
    assert drill_run.is_complete(both, outputs)


def test_a_source_server_that_is_offline_or_gone_is_critical(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "web-1", "web-2")
    ids = {name: server.source_id for name, server in inputs.servers.items()}
    table = migrator.cloud.world.table(SourceServer)
    row = table.get(ids["web-1"])
    assert row is not None
    with migrator.cloud.world.transaction():
        table.put(replace(row, state="Unavailable"))
    delete_sources(migrator.clients, STACK, {ids["web-2"]: "web-2"}, PACE, migrator.context)
    blocked = drilled(migrator, inputs)["blocked"]
    assert f"SMC shows {ids['web-1']} as Unavailable" in blocked["web-1"]
    assert f"SMC has no source server {ids['web-2']}" in blocked["web-2"]


def test_a_target_that_does_not_fit_is_critical(migrator: Migrator) -> None:
    inputs = drill_inputs(migrator, "app-1", app_1=TARGET)
    reason = drilled(migrator, inputs)["blocked"]["app-1"]
    assert reason.startswith(
        "the drill found 1 critical item: target instance: target instance i-target0files"
    )
    assert "the server has 2 disks, the instance 1" in reason
    assert reason.endswith("Fix: choose another servers.app-1.target.instance.")
