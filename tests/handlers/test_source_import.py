from dataclasses import replace

import pytest

from emulator.ecs.tables import Instance, ScriptAnswer
from emulator.http.faults import Fault
from emulator.smc.tables import SourceServer
from smc.api.access_tokens import create_access_token, list_access_tokens
from smc.api.source_servers import (
    delete_source_server,
    describe_source_servers,
    modify_source_server,
)
from smc.api.tags import tag_source_servers, untag_source_servers
from smc.errors import MigrationError
from smc.handlers import source_import
from smc.ownership import FINISHED_TAG, INSTANCE_TAG, SERVER_TAG, STACK_TAG, access_token_name
from tests.support.cloud import Cloud
from tests.support.migration import STACK, WEB_1, Migrator
from tests.support.registration import register

ALL = {
    "web-1": {"id": "i-source0web1"},
    "web-2": {"public_ip": "203.0.113.12"},
    "app-1": {"name": "app-1"},
    "db-1": {"private_ip": "192.168.0.31"},
}


def test_servers_found_in_every_way_are_registered_named_and_tagged(migrator: Migrator) -> None:
    outputs = migrator.imported(ALL)
    assert outputs["failures"] == {}
    assert {n: r["instance_id"] for n, r in outputs["sources"].items()} == {
        "web-1": "i-source0web1",
        "web-2": "i-source0web2",
        "app-1": "i-source0app1",
        "db-1": "i-source0db1",
    }
    for source in describe_source_servers(migrator.clients):
        assert source.tags[STACK_TAG] == STACK
        assert outputs["sources"][source.name]["instance_id"] == source.tags[INSTANCE_TAG]
    # One code for all four, and it is gone.
    assert migrator.cloud.counts["smc:CreateAccessToken"] == 1
    assert list_access_tokens(migrator.clients) == []
    # Linux and Windows take a command each.
    assert migrator.cloud.counts["ecs:RunCommand"] == 2


def test_one_bad_server_does_not_hold_up_the_others(migrator: Migrator) -> None:
    outputs = migrator.imported(
        {
            **WEB_1,
            "stopped": {"name": "stopped-1"},
            "silent": {"name": "silent-1"},
            "missing": {"id": "i-nowhere"},
            "ambiguous": {"name": "twin"},
        }
    )
    assert list(outputs["sources"]) == ["web-1"]
    failures = outputs["failures"]
    assert "is Stopped, but must be Running" in failures["stopped"]
    assert "Cloud Assistant does not answer" in failures["silent"]
    assert "no instance with id i-nowhere" in failures["missing"]
    assert "means 2 instances" in failures["ambiguous"]
    assert all("Fix:" in reason for reason in failures.values())


def test_a_client_that_fails_is_reported_with_its_words_and_its_log(migrator: Migrator) -> None:
    table = migrator.cloud.world.table(Instance)
    broken = table.get("i-source0web2")
    assert broken is not None
    table.put(replace(broken, facts={"import_failure": "check rsync failed"}))
    outputs = migrator.imported({**WEB_1, "web-2": {"id": "i-source0web2"}})
    assert list(outputs["sources"]) == ["web-1"]
    assert "check rsync failed" in outputs["failures"]["web-2"]
    assert "/smc" in outputs["failures"]["web-2"]


def test_the_next_run_imports_only_what_is_missing(migrator: Migrator) -> None:
    first = migrator.imported(WEB_1)
    commands = migrator.cloud.counts["ecs:RunCommand"]
    inputs = migrator.import_inputs({**WEB_1, "app-1": {"name": "app-1"}})
    second = source_import.update(inputs, first, migrator.context)
    assert second["sources"]["web-1"] == first["sources"]["web-1"]
    assert set(second["sources"]) == {"web-1", "app-1"}
    assert migrator.cloud.counts["ecs:RunCommand"] == commands + 1


@pytest.mark.parametrize("lost", ["CreateAccessToken", "ModifySourceServerAttribute"])
def test_a_crash_leaves_nothing_that_the_next_run_does_not_find(
    migrator: Migrator, lost: str
) -> None:
    """The answer to a call is lost and the process dies with it."""
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="smc", action=lost, kind="lost", count=1000)
    )
    with pytest.raises(MigrationError):
        migrator.imported(WEB_1)
    migrator.cloud.server.gateway.faults.disarm()
    outputs = migrator.imported(WEB_1)
    assert outputs["failures"] == {}
    assert outputs["sources"]["web-1"]["adopted"] is False
    assert len(describe_source_servers(migrator.clients)) == 1
    assert list_access_tokens(migrator.clients) == []


def test_untagged_source_of_an_interrupted_run_is_recognised_as_ours(migrator: Migrator) -> None:
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="smc", action="TagResources", kind="error", count=1000, status=400, code="X")
    )
    with pytest.raises(MigrationError):
        migrator.imported(WEB_1)
    (untagged,) = describe_source_servers(migrator.clients)
    assert untagged.tags == {}
    migrator.cloud.server.gateway.faults.disarm()
    outputs = migrator.imported(WEB_1)
    assert outputs["sources"]["web-1"]["source_id"] == untagged.source_id
    assert outputs["sources"]["web-1"]["adopted"] is False
    assert migrator.cloud.counts["ecs:RunCommand"] == 1


def test_the_code_of_a_killed_run_is_revoked_though_all_are_registered(migrator: Migrator) -> None:
    migrator.imported(WEB_1)
    create_access_token(migrator.clients, access_token_name(STACK), count=1, days=1)
    migrator.imported(WEB_1)
    assert list_access_tokens(migrator.clients) == []


def test_a_source_registered_by_others_is_adopted_and_left_on_delete(migrator: Migrator) -> None:
    (foreign,) = register(migrator.cloud, "i-source0web1")
    outputs = migrator.imported(WEB_1)
    assert outputs["sources"]["web-1"]["source_id"] == foreign.source_id
    assert outputs["sources"]["web-1"]["adopted"] is True
    source_import.delete(migrator.import_inputs(WEB_1), outputs, migrator.context)
    assert len(describe_source_servers(migrator.clients)) == 1


def test_delete_removes_sources_and_read_notices_what_is_gone(migrator: Migrator) -> None:
    inputs = migrator.import_inputs(ALL)
    outputs = source_import.create(inputs, migrator.context)
    victim = outputs["sources"]["app-1"]["source_id"]
    delete_source_server(migrator.clients, victim)
    after = source_import.read(inputs, outputs, migrator.context)
    assert "app-1" not in after["sources"]
    assert not source_import.is_complete(inputs, after)
    source_import.delete(inputs, outputs, migrator.context)
    assert describe_source_servers(migrator.clients) == []


def test_what_somebody_else_changed_of_a_source_is_seen_and_put_right(migrator: Migrator) -> None:
    (foreign,) = register(migrator.cloud, "i-source0files")
    wanted = {**ALL, "files-1": {"source_id": foreign.source_id}}
    inputs = migrator.import_inputs(wanted)
    outputs = source_import.create(inputs, migrator.context)
    web, app = (outputs["sources"][name]["source_id"] for name in ("web-1", "app-1"))
    modify_source_server(migrator.clients, web, "by-hand", "i-source0web1 (web-1)")
    untag_source_servers(migrator.clients, [app], [STACK_TAG, SERVER_TAG])
    modify_source_server(migrator.clients, foreign.source_id, "theirs", "")

    seen = source_import.read(inputs, outputs, migrator.context)
    assert source_import.altered_sources(seen) == {"web-1": ["name"], "app-1": ["tags"]}
    assert not source_import.is_complete(inputs, seen)
    mended = source_import.update(inputs, seen, migrator.context, inputs)
    assert source_import.is_complete(inputs, mended)
    assert mended == source_import.read(inputs, mended, migrator.context)
    sources = {s.source_id: s for s in describe_source_servers(migrator.clients)}
    assert (sources[web].name, sources[web].description) == ("web-1", "i-source0web1 (web-1)")
    assert sources[app].tags[SERVER_TAG] == "app-1"
    assert sources[foreign.source_id].name == "theirs", "an adopted one is somebody else's"


def test_without_access_the_reason_is_told(cloud: Cloud, migrator: Migrator) -> None:
    from alibabacloud_ram20150501 import models

    cloud.clients("destination").ram().detach_policy_from_user(
        models.DetachPolicyFromUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )
    with pytest.raises(MigrationError) as raised:
        migrator.imported(WEB_1)
    said = str(raised.value)
    assert "cannot assume acs:ram::1000000000000001:role/ram-role-smc" in said
    assert "NoPermission" in said
    assert "AliyunSTSAssumeRoleAccess" in said


def test_a_source_named_by_its_id_is_adopted_as_it_is(migrator: Migrator) -> None:
    """Without a look at its instance, which may run anywhere: no role is needed."""
    (foreign,) = register(migrator.cloud, "i-source0web1")
    sessions = migrator.cloud.counts.get("sts:AssumeRole", 0)
    servers = {"shop": {"source_id": foreign.source_id}}
    outputs = migrator.imported(servers)
    assert outputs["failures"] == {}
    record = outputs["sources"]["shop"]
    assert (record["source_id"], record["adopted"]) == (foreign.source_id, True)
    assert (record["instance_id"], record["os_type"]) == ("", "linux")
    assert migrator.cloud.counts.get("sts:AssumeRole", 0) == sessions
    assert describe_source_servers(migrator.clients) == [foreign]
    # The mark of a finished run is taken off again, so that another stack may migrate it.
    tag_source_servers(migrator.clients, [foreign.source_id], {FINISHED_TAG: "1"})
    source_import.delete(migrator.import_inputs(servers), outputs, migrator.context)
    assert describe_source_servers(migrator.clients) == [foreign]


def test_a_source_id_that_is_wrong_or_offline_says_so(migrator: Migrator) -> None:
    (foreign,) = register(migrator.cloud, "i-source0web1")
    table = migrator.cloud.world.table(SourceServer)
    row = table.get(foreign.source_id)
    assert row is not None
    table.put(replace(row, state="Unavailable", error_code="SourceServer.Offline"))
    outputs = migrator.imported(
        {"gone": {"source_id": "s-nowhere"}, "off": {"source_id": foreign.source_id}}
    )
    assert outputs["sources"] == {}
    assert "has no source server s-nowhere" in outputs["failures"]["gone"]
    assert "is Unavailable (SourceServer.Offline" in outputs["failures"]["off"]


def test_one_source_under_two_names_is_refused(migrator: Migrator) -> None:
    first = migrator.imported(WEB_1)
    again = {**WEB_1, "twin": {"source_id": first["sources"]["web-1"]["source_id"]}}
    both = migrator.imported(again)
    assert both["sources"] == {}
    assert "as is twin" in both["failures"]["web-1"]
    later = source_import.update(
        migrator.import_inputs(again), first, migrator.context, migrator.import_inputs(WEB_1)
    )
    assert list(later["sources"]) == ["web-1"]
    assert list(later["failures"]) == ["twin"]


def test_an_imported_server_stays_so_when_its_instance_is_gone(migrator: Migrator) -> None:
    before = migrator.import_inputs(WEB_1)
    first = source_import.create(before, migrator.context)
    migrator.cloud.world.table(Instance).delete("i-source0web1")
    inputs = migrator.import_inputs({**WEB_1, "app-1": {"name": "app-1"}})
    second = source_import.update(inputs, first, migrator.context, before)
    assert second["failures"] == {}
    assert second["sources"]["web-1"] == first["sources"]["web-1"]


def test_a_name_that_selects_another_instance_leaves_no_source_behind(migrator: Migrator) -> None:
    before = migrator.import_inputs(WEB_1)
    first = source_import.create(before, migrator.context)
    inputs = migrator.import_inputs({"web-1": {"id": "i-source0web2"}})
    second = source_import.update(inputs, first, migrator.context, before)
    (left,) = describe_source_servers(migrator.clients)
    assert left.source_id == second["sources"]["web-1"]["source_id"]
    assert left.name == "web-1"
    # A selector that finds nothing keeps the source until it is mended, or the stack destroyed.
    lost = migrator.import_inputs({"web-1": {"id": "i-nowhere"}})
    third = source_import.update(lost, second, migrator.context, inputs)
    assert third["sources"] == {}
    assert len(describe_source_servers(migrator.clients)) == 1
    source_import.delete(lost, third, migrator.context)
    assert describe_source_servers(migrator.clients) == []


def test_a_server_that_names_anothers_source_server_is_not_believed(migrator: Migrator) -> None:
    outputs = migrator.imported({"app-1": {"name": "app-1"}})
    theirs = outputs["sources"]["app-1"]["source_id"]
    table = migrator.cloud.world.table(Instance)
    liar = table.get("i-source0web1")
    assert liar is not None
    answer = ScriptAnswer(
        matches="smc-migration-import",
        by="name",
        output=f"Import Source Server [{theirs}] Successfully!",
    )
    table.put(replace(liar, answers=[answer]))
    before = describe_source_servers(migrator.clients)
    failures = migrator.imported(WEB_1)["failures"]
    assert failures["web-1"] == (
        f"the SMC client on i-source0web1 names source server {theirs}, which is that of instance"
        f" i-source0app1 in stack {STACK}. Fix: look at i-source0web1; what it says is not true."
    )
    assert describe_source_servers(migrator.clients) == before


def test_the_code_is_revoked_before_the_servers_are_looked_for(migrator: Migrator) -> None:
    """Being online may take a while and needs no code."""
    assert migrator.imported({**WEB_1, "app-1": {"name": "app-1"}})["failures"] == {}
    actions = [entry["action"] for entry in migrator.cloud.server.gateway.ledger.entries()]
    after = actions[actions.index("DeleteAccessToken") :]
    assert "DescribeSourceServers" in after
    assert "CreateAccessToken" not in after


@pytest.mark.parametrize("trouble", ["client", "command", "silence"])
def test_the_code_is_gone_however_the_import_ends(migrator: Migrator, trouble: str) -> None:
    table = migrator.cloud.world.table(Instance)
    web = table.get("i-source0web1")
    assert web is not None
    if trouble == "client":
        table.put(replace(web, facts={"import_failure": "no rsync"}))
    if trouble == "silence":
        table.put(replace(web, facts={"import_seconds": 1e6}))
    if trouble == "command":
        migrator.cloud.server.gateway.faults.arm(
            Fault(
                service="ecs",
                action="RunCommand",
                kind="error",
                count=99,
                status=403,
                code="Broken",
            )
        )
        with pytest.raises(MigrationError, match="Broken"):
            migrator.imported(WEB_1)
    else:
        assert set(migrator.imported(WEB_1)["failures"]) == {"web-1"}
    assert migrator.cloud.counts["smc:CreateAccessToken"] == 1
    assert list_access_tokens(migrator.clients) == []
