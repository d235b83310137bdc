"""Destroy right after a killed update: what no resource stands for is found and removed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram

from emulator.ecs.tables import Image, Instance, ScriptAnswer, Snapshot
from emulator.http.faults import Fault
from emulator.smc.tables import SourceServer
from smc.api.access_tokens import create_access_token, list_access_tokens
from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.api.source_servers import describe_source_servers, modify_source_server
from smc.api.tags import tag_source_servers
from smc.certificate import Kind, Leftover
from smc.errors import MigrationError
from smc.handlers import cleanup_guard, rehearsal, replication_job
from smc.handlers.orphans import find_orphans
from smc.ownership import (
    BACKUP_NEEDED_TAG,
    BACKUP_TAG,
    FINISHED_TAG,
    access_token_name,
    digest,
    rehearsal_image_name,
    stack_tags,
)
from tests.support.cloud import Cloud
from tests.support.migration import STACK, TARGET_REGION, WEB_1, Migrator
from tests.support.registration import LONGER_THAN_A_REGISTRATION, register

TARGET = "i-target0files"


def destroyed(migrator: Migrator, **targets: str) -> list[str]:
    """What the guard says when it is deleted, with the role that it may use."""
    inputs = migrator.guard_inputs(**targets).model_copy(update={"role": migrator.role()})
    return cleanup_guard.delete(inputs, migrator.context)


def orphans(migrator: Migrator) -> list[Leftover]:
    """What would be removed, and what is only told."""
    return find_orphans(migrator.clients, STACK, [TARGET_REGION], migrator.role(), migrator.context)


def certificate(lines: list[str]) -> dict[str, Any]:
    (line,) = [each for each in lines if each.startswith("certificate: ")]
    members: dict[str, Any] = json.loads(line.removeprefix("certificate: "))
    return members


def assert_nothing_is_left(migrator: Migrator) -> None:
    assert describe_replication_jobs(migrator.clients) == []
    assert describe_source_servers(migrator.clients) == []
    assert list_access_tokens(migrator.clients) == []
    world = migrator.cloud.world
    assert [image.name for image in world.table(Image) if "rehearsal" in image.name] == []


@pytest.mark.parametrize("elapsed", [None, 60, 400, 1000, 100_000])
def test_jobs_in_every_status_and_their_sources(migrator: Migrator, elapsed: float | None) -> None:
    job = migrator.prepared("web-1")["web-1"]
    if elapsed is not None:
        start_replication_job(migrator.clients, job.job_id)
        migrator.clock.sleep(elapsed)
    lines = destroyed(migrator)
    assert any(f"released replication job {job.job_id}" in line for line in lines)
    assert any(f"released source server {job.source_id}" in line for line in lines)
    assert_nothing_is_left(migrator)
    assert certificate(lines)["clean"]
    # Once more: there is nothing to do, and nothing is said to be done.
    assert not any(line.startswith("released") for line in destroyed(migrator))


def test_all_of_a_stack_is_told_with_its_name_and_whose_it_is(migrator: Migrator) -> None:
    migrator.prepared("web-1")
    create_access_token(migrator.clients, access_token_name(STACK), 1, 1)
    assert {(o.kind, o.name, o.stack) for o in orphans(migrator)} == {
        (Kind.REPLICATION_JOB, "web-1", STACK),
        (Kind.SOURCE_SERVER, "web-1", STACK),
        (Kind.ACTIVATION_CODE, access_token_name(STACK), STACK),
    }


def test_a_code_that_is_still_valid(migrator: Migrator) -> None:
    create_access_token(migrator.clients, access_token_name(STACK), 1, 1)
    destroyed(migrator)
    assert_nothing_is_left(migrator)


def test_a_server_that_registered_itself_after_the_kill(migrator: Migrator) -> None:
    faults = migrator.cloud.server.gateway.faults
    faults.arm(
        Fault(
            service="ecs",
            action="DescribeInvocations",
            kind="error",
            count=999,
            status=403,
            code="Dead",
        )
    )
    revoked = Fault(
        service="smc",
        action="DisableAccessToken",
        kind="error",
        count=999,
        status=403,
        code="Dead",
    )
    faults.arm(revoked)
    with pytest.raises(MigrationError):
        migrator.imported(WEB_1)
    faults.disarm()
    migrator.cloud.world.clock.advance(LONGER_THAN_A_REGISTRATION)
    (registered,) = describe_source_servers(migrator.clients)
    assert registered.tags == {}
    assert [o for o in orphans(migrator) if o.kind is Kind.SOURCE_SERVER] == [
        Leftover(
            kind=Kind.SOURCE_SERVER,
            id=registered.source_id,
            name=registered.source_id,
            stack=STACK,
            proof="registered by the stack's import command",
        )
    ]
    callers = {e["caller"] for e in migrator.cloud.server.gateway.ledger.entries()}
    sessions = {caller for caller in callers if "assumed-role" in caller}
    assert {s.rpartition("/")[2] for s in sessions} == {f"smc-migration-{digest(STACK)[:12]}"}
    modify_source_server(migrator.clients, registered.source_id, "by-hand")
    assert "by-hand" in {o.name for o in orphans(migrator)}
    lines = destroyed(migrator)
    assert any(f"released source server {registered.source_id}" in line for line in lines)
    assert_nothing_is_left(migrator)


def test_a_server_that_names_anothers_source_has_it_not_deleted(migrator: Migrator) -> None:
    """What a server prints is not to be trusted."""
    (foreign,) = register(migrator.cloud, "i-source0web2")
    table = migrator.cloud.world.table(Instance)
    liar = table.get("i-source0web1")
    assert liar is not None
    says = f"Import Source Server [{foreign.source_id}] Successfully!"
    answer = ScriptAnswer(matches="smc-migration-import", by="name", output=says)
    table.put(replace(liar, answers=[answer]))
    migrator.imported(WEB_1)
    sources = migrator.cloud.world.table(SourceServer)
    row = sources.get(foreign.source_id)
    assert row is not None
    sources.put(replace(row, tags={}))
    assert not any(line.startswith("released") for line in destroyed(migrator))
    assert [s.source_id for s in describe_source_servers(migrator.clients)] == [foreign.source_id]


@pytest.mark.parametrize("whose", ["somebody", "adopted", "in use"])
def test_source_servers_of_others_stay(migrator: Migrator, whose: str) -> None:
    (foreign,) = register(migrator.cloud, "i-source0web1")
    if whose != "somebody":
        # Our command named it, but it is somebody else's by now.
        outputs = migrator.imported({"app-1": {"name": "app-1"}})
        ours = outputs["sources"]["app-1"]["source_id"]
        table = migrator.cloud.world.table(SourceServer)
        row = table.get(ours)
        assert row is not None
        table.put(replace(row, tags={}))
        if whose == "adopted":
            tag_source_servers(migrator.clients, [ours], {FINISHED_TAG: "1"})
        else:
            job = migrator.job_inputs("app-1", ours, stack="organization/test/other")
            replication_job.create(job, migrator.context)
    before = {source.source_id for source in describe_source_servers(migrator.clients)}
    destroyed(migrator)
    assert {s.source_id for s in describe_source_servers(migrator.clients)} == before
    assert foreign.source_id in before


def test_without_access_it_says_what_it_does_not_know(cloud: Cloud, migrator: Migrator) -> None:
    migrator.prepared("web-1")
    cloud.clients("destination").ram().detach_policy_from_user(
        ram.DetachPolicyFromUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )
    before = migrator.clock.monotonic()
    assert len(orphans(migrator)) == 2
    # A role that is gone is not waited for.
    assert migrator.clock.monotonic() == before
    assert migrator.lines[-1] == (
        "whether a killed import registered more servers is not known: account 2000000000000002"
        " cannot assume acs:ram::1000000000000001:role/ram-role-smc. sts:AssumeRole failed."
        f" {migrator.lines[-1].partition('sts:AssumeRole failed. ')[2]}"
    )
    assert "\n" not in migrator.lines[-1]
    destroyed(migrator)
    assert_nothing_is_left(migrator)


def killed_rehearsal(migrator: Migrator, **changes: Any) -> None:
    """A rehearsal that reached its image, or the backup of its target, and was killed."""
    outputs = migrator.imported({"files-1": {"name": "files-1"}})
    source_id = outputs["sources"]["files-1"]["source_id"]
    inputs = migrator.job_inputs("files-1", source_id, **changes)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal._Rehearsal, "end", dies)
        with pytest.raises(KeyboardInterrupt):
            rehearsal.rehearse({"files-1": inputs}, ["files-1"], 50, migrator.context)


def test_what_a_killed_rehearsal_left(migrator: Migrator) -> None:
    killed_rehearsal(migrator)
    images = {image.name for image in migrator.cloud.world.table(Image)}
    assert rehearsal_image_name(STACK, "files-1") in images
    lines = destroyed(migrator)
    assert any(line.startswith("released throwaway image m-") for line in lines)
    assert_nothing_is_left(migrator)
    assert [s for s in migrator.cloud.world.table(Snapshot) if s.tags] == []


def test_the_way_back_to_a_target_is_kept_and_told(migrator: Migrator) -> None:
    killed_rehearsal(migrator, image_name="", instance_id=TARGET)
    backups = [s for s in migrator.cloud.world.table(Snapshot) if BACKUP_TAG in s.tags]
    assert backups
    lines = destroyed(migrator, **{TARGET: TARGET_REGION})
    told = [line for line in lines if line.startswith("left snapshot")]
    assert len(told) == len(backups)
    assert f"it may be the only way back to {TARGET} as it was" in told[0]
    assert [s for s in migrator.cloud.world.table(Snapshot) if BACKUP_TAG in s.tags] == backups
    assert not certificate(lines)["clean"]
    assert describe_replication_jobs(migrator.clients) == []


def test_a_backup_that_is_not_needed_any_more_goes(migrator: Migrator) -> None:
    """The rehearsal was killed before it touched its target, or after it had brought it back."""
    killed_rehearsal(migrator, image_name="", instance_id=TARGET)
    table = migrator.cloud.world.table(Snapshot)
    for backup in [s for s in table if BACKUP_TAG in s.tags]:
        kept = {k: v for k, v in backup.tags.items() if k != BACKUP_NEEDED_TAG}
        table.put(replace(backup, tags=kept))
    lines = destroyed(migrator, **{TARGET: TARGET_REGION})
    assert [line for line in lines if line.startswith("left snapshot")] == []
    assert [s for s in table if BACKUP_TAG in s.tags] == []
    assert certificate(lines)["clean"]


def test_where_nothing_was_imported_no_more_is_listed_than_what_is_marked(
    migrator: Migrator,
) -> None:
    before = dict(migrator.cloud.counts)
    assert orphans(migrator) == []
    made = {a: n - before.get(a, 0) for a, n in migrator.cloud.counts.items()}
    assert made["smc:DescribeReplicationJobs"] == made["smc:DescribeSourceServers"] == 1


def test_another_stacks_things_are_not_touched(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    create_access_token(migrator.clients, access_token_name(STACK), 1, 1)
    other = migrator.guard_inputs().model_copy(update={"stack": "organization/test/other"})
    lines = cleanup_guard.delete(other, migrator.context)
    assert not any(line.startswith("released") for line in lines)
    (job,) = describe_replication_jobs(migrator.clients, tags=stack_tags(STACK))
    assert job.job_id == jobs["web-1"].job_id
    assert len(list_access_tokens(migrator.clients)) == 1
