"""The SMC client is taken off servers on request, and what comes of it is told for each."""

from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram

from emulator.ecs.assistant_tables import Invocation
from emulator.ecs.tables import Instance, ScriptAnswer
from emulator.smc.tables import SourceServer
from smc.api.cloud_assistant import describe_invocation
from smc.api.source_servers import describe_source_servers
from smc.handlers import command_batches, replication_job, source_import
from smc.handlers.source_import import SourceImportInputs
from smc.policies import instance_arn, source_policy
from smc.removal_command import LINUX, WINDOWS
from tests.support.cloud import SOURCE, Cloud, VirtualTime
from tests.support.migration import WEB_1, Migrator, grant_access
from tests.support.registration import register

THREE = {**WEB_1, "app-1": {"name": "app-1"}, "db-1": {"name": "db-1"}}


def asked(migrator: Migrator, servers: dict[str, Any]) -> SourceImportInputs:
    return migrator.import_inputs(servers).model_copy(update={"remove_client": True})


def removals(cloud: Cloud) -> list[tuple[list[str], str]]:
    """Instances and script of each removal that was sent."""
    return [
        (sorted(each.instance_ids), each.content)
        for each in cloud.world.table(Invocation)
        if each.name.startswith("smc-migration-removal-")
    ]


def about(migrator: Migrator, server: str) -> str:
    """What was told of a server's client."""
    (line,) = [x for x in migrator.lines if x.startswith(f"{server}: the SMC client")]
    return line


def test_destroy_takes_the_client_off_every_server_with_one_command_a_system(
    migrator: Migrator,
) -> None:
    inputs = asked(migrator, THREE)
    outputs = source_import.create(inputs, migrator.context)
    states: list[set[str]] = []

    def note(line: str) -> None:
        migrator.lines.append(line)
        states.append({s.state for s in migrator.cloud.world.table(SourceServer)})

    source_import.delete(inputs, outputs, replace(migrator.context, note=note))
    assert sorted(removals(migrator.cloud)) == [
        (["i-source0app1", "i-source0web1"], LINUX),
        (["i-source0db1"], WINDOWS),
    ]
    for server, instance in (("app-1", "app1"), ("web-1", "web1"), ("db-1", "db1")):
        assert about(migrator, server).endswith(f"is removed from i-source0{instance}")
    # While it was told, the source servers were still there, and their clients gone.
    assert states[-1] == {"Unavailable"}
    assert describe_source_servers(migrator.clients) == []


def test_nothing_is_taken_off_unasked(migrator: Migrator) -> None:
    inputs = migrator.import_inputs(WEB_1)
    outputs = source_import.create(inputs, migrator.context)
    source_import.delete(inputs, outputs, migrator.context)
    assert removals(migrator.cloud) == []


def test_a_server_taken_out_of_the_settings_loses_its_client_after_its_job(
    migrator: Migrator,
) -> None:
    before = asked(migrator, THREE)
    outputs = source_import.create(before, migrator.context)
    job = migrator.job_inputs("app-1", outputs["sources"]["app-1"]["source_id"])
    replication_job.create(job, migrator.context)
    after = asked(migrator, {name: THREE[name] for name in ("web-1", "db-1")})
    source_import.update(after, outputs, migrator.context, before)
    assert [ids for ids, _ in removals(migrator.cloud)] == [["i-source0app1"]]
    actions = [e["action"] for e in migrator.cloud.server.gateway.ledger.entries()]
    last_command = len(actions) - 1 - actions[::-1].index("RunCommand")
    assert "DeleteReplicationJob" in actions[:last_command]
    assert "DeleteSourceServer" in actions[last_command:]


def test_a_client_of_an_adopted_server_is_left_alone(migrator: Migrator) -> None:
    register(migrator.cloud, "i-source0web1")
    inputs = asked(migrator, WEB_1)
    outputs = source_import.create(inputs, migrator.context)
    assert outputs["sources"]["web-1"]["adopted"]
    source_import.delete(inputs, outputs, migrator.context)
    assert removals(migrator.cloud) == []


def test_a_command_that_is_not_listed_yet_has_not_ended(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = asked(migrator, WEB_1)
    outputs = source_import.create(inputs, migrator.context)
    looks = iter(range(2))

    def lagging(*args: Any) -> list[Any]:
        return [] if next(looks, None) is not None else describe_invocation(*args)

    monkeypatch.setattr(command_batches, "describe_invocation", lagging)
    source_import.delete(inputs, outputs, migrator.context)
    assert about(migrator, "web-1").endswith("is removed from i-source0web1")


def answering(cloud: Cloud, instance_id: str, **answer: Any) -> None:
    table = cloud.world.table(Instance)
    instance = table.get(instance_id)
    assert instance is not None
    given = ScriptAnswer(by="name", matches="removal", **answer)
    table.put(replace(instance, answers=[given]))


@pytest.mark.parametrize("trouble", ["kept", "failed", "stopped", "released", "silent", "forever"])
def test_a_client_that_stays_is_told_with_its_reason_and_holds_nothing_up(
    migrator: Migrator, trouble: str
) -> None:
    inputs = asked(migrator, THREE)
    outputs = source_import.create(inputs, migrator.context)
    cloud, table = migrator.cloud, migrator.cloud.world.table(Instance)
    web = table.get("i-source0web1")
    assert web is not None
    if trouble == "kept":
        answering(cloud, web.instance_id, exit_code=64)
    if trouble == "failed":
        answering(cloud, web.instance_id, exit_code=1, output="what runs from /smc does not end\n")
    if trouble == "stopped":
        table.put(replace(web, status="Stopped"))
    if trouble == "released":
        table.delete(web.instance_id)
    if trouble == "silent":
        table.put(replace(web, cloud_assistant=False))
    if trouble == "forever":
        answering(cloud, web.instance_id, seconds=10_000.0)
    source_import.delete(inputs, outputs, migrator.context)
    reason = {
        "kept": "it was there before the import",
        "failed": "Failed (ExitCodeNonzero): what runs from /smc does not end",
        "stopped": "InstanceNotRunning",
        "released": "InvalidInstance.NotFound",
        "silent": "ClientNotRunning",
        "forever": "Timeout (ExecutionTimeout)",
    }[trouble]
    assert "web-1: the SMC client stays on i-source0web1: " in about(migrator, "web-1")
    assert reason in about(migrator, "web-1")
    assert "Fix: delete /smc there by hand" in about(migrator, "web-1")
    assert "is removed" in about(migrator, "app-1")
    assert describe_source_servers(migrator.clients) == []


def test_without_access_the_client_stays_and_the_rest_is_cleaned_up(
    cloud: Cloud, clock: VirtualTime
) -> None:
    grant_access(cloud)
    migrator = Migrator(cloud, clock)
    inputs = asked(migrator, THREE)
    outputs = source_import.create(inputs, migrator.context)
    cloud.clients("destination").ram().detach_policy_from_user(
        ram.DetachPolicyFromUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )
    source_import.delete(inputs, outputs, migrator.context)
    assert "cannot assume acs:ram::" in about(migrator, "web-1")
    assert "C:\\smc" in about(migrator, "db-1")
    assert describe_source_servers(migrator.clients) == []


def test_the_strict_policy_of_an_update_lists_the_server_no_more(
    cloud: Cloud, clock: VirtualTime
) -> None:
    """The policy is narrowed first, so the client stays, which is told without a long wait."""
    arn = instance_arn("cn-hangzhou", SOURCE, "i-source0web1")
    grant_access(cloud, policy=source_policy([arn]))
    migrator = Migrator(cloud, clock)
    inputs = asked(migrator, WEB_1)
    outputs = source_import.create(inputs, migrator.context)
    cloud.clients("source").ram().create_policy_version(
        ram.CreatePolicyVersionRequest(
            policy_name="policy-smc", policy_document=source_policy([]), set_as_default=True
        )
    )
    before = clock.monotonic()
    source_import.delete(inputs, outputs, migrator.context)
    assert "ecs:RunCommand failed. Forbidden.RAM" in about(migrator, "web-1")
    assert clock.monotonic() - before < 60
