"""Rehearsals: measured, taken back whatever happens, and found again after a crash."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.http.faults import Fault
from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.clients import Clients
from smc.drill.rules import Severity
from smc.handlers import rehearsal, replication_job
from smc.handlers.rehearsal import Outcome
from smc.job_fields import ReplicationJobInputs
from smc.ownership import BACKUP_TAG, rehearsal_image_prefix
from tests.handlers.test_migration import plan_failure
from tests.support.migration import STACK, Migrator

TARGET = "i-target0files"


def jobs_for(migrator: Migrator, *names: str, **changes: Any) -> dict[str, ReplicationJobInputs]:
    """Import demo servers; their own jobs as they would be declared."""
    outputs = migrator.imported({name: {"name": name} for name in names})
    assert outputs["failures"] == {}
    return {
        name: migrator.job_inputs(name, outputs["sources"][name]["source_id"], **changes)
        for name in names
    }


def to_the_target(migrator: Migrator) -> dict[str, ReplicationJobInputs]:
    return jobs_for(migrator, "files-1", image_name="", instance_id=TARGET)


def rehearsed(
    migrator: Migrator, jobs: dict[str, ReplicationJobInputs], *alone: str, quota: int = 50
) -> dict[str, Outcome]:
    return rehearsal.rehearse(jobs, alone, quota, migrator.context)


def disks(migrator: Migrator) -> dict[str, float]:
    table = migrator.cloud.world.table(Disk)
    return {disk.disk_id: disk.used_gib for disk in table.find(instance_id=TARGET)}


def target(migrator: Migrator) -> Instance:
    found = migrator.cloud.world.table(Instance).get(TARGET)
    assert found is not None
    return found


def ours(migrator: Migrator) -> list[Snapshot]:
    return [s for s in migrator.cloud.world.table(Snapshot) if s.tags]


def assert_nothing_is_left(migrator: Migrator) -> None:
    world = migrator.cloud.world
    assert describe_replication_jobs(migrator.clients) == []
    assert list(world.table(Image).find(account_id=migrator.connection.account)) == []
    assert ours(migrator) == []
    assert [i.name for i in world.table(Instance) if i.name.startswith("No_Delete")] == []
    assert [d.name for d in world.table(Disk) if d.name == "SMC_Temp_Disk"] == []


def test_to_an_image_it_is_measured_and_nothing_is_left(migrator: Migrator) -> None:
    jobs = jobs_for(migrator, "web-1", "app-1")
    outcomes = rehearsed(migrator, jobs)
    assert {o.item.severity for o in outcomes.values()} == {Severity.OK}
    for outcome in outcomes.values():
        measured = outcome.measured
        assert measured.seconds is not None
        assert measured.transfer_seconds is not None
        assert 0 < measured.transfer_seconds < measured.seconds
    assert_nothing_is_left(migrator)
    # The server's own job can be made now, and is not taken for finished.
    assert migrator.job("web-1", jobs["web-1"].source_id)["status"] == "Ready"


def images_have_snapshots(migrator: Migrator) -> list[str]:
    """The emulator's images have no snapshots of their own; from now on each gets one.

    Returns:
        The ids of those that were made.
    """
    world, made = migrator.cloud.world, list[str]()

    def progress(_: str) -> None:
        for image in world.table(Image).find(account_id=migrator.connection.account):
            if not image.snapshot_ids:
                snapshot = Snapshot(
                    snapshot_id=f"s-of{image.image_id}",
                    account_id=image.account_id,
                    region=image.region,
                    disk_id="d-transition",
                    disk_type="system",
                    size_gib=40,
                    used_gib=9.0,
                    name="",
                    category="user",
                    created=world.now,
                    completes=world.now,
                    origin="test",
                    os_type="linux",
                    os_name="",
                )
                with world.transaction():
                    world.table(Snapshot).put(snapshot)
                    world.table(Image).put(replace(image, snapshot_ids=[snapshot.snapshot_id]))
                made.append(snapshot.snapshot_id)

    object.__setattr__(migrator.context, "progress", progress)
    return made


def test_the_image_goes_with_its_snapshots(migrator: Migrator) -> None:
    jobs = jobs_for(migrator, "web-1")
    made = images_have_snapshots(migrator)
    rehearsed(migrator, jobs)
    (snapshot_id,) = made
    assert_nothing_is_left(migrator)
    assert migrator.cloud.world.table(Snapshot).get(snapshot_id) is None


@pytest.mark.parametrize("status", ["Running", "Stopped"])
def test_a_target_is_brought_back_after_a_drill_alone(migrator: Migrator, status: str) -> None:
    jobs = to_the_target(migrator)
    world = migrator.cloud.world
    with world.transaction():
        world.table(Instance).put(replace(target(migrator), status=status))
    before = disks(migrator), target(migrator).os_name, target(migrator).status
    outcome = rehearsed(migrator, jobs, "files-1")["files-1"]
    assert outcome.item.severity is Severity.OK
    assert (disks(migrator), target(migrator).os_name, target(migrator).status) == before
    assert migrator.cloud.counts["ecs:ResetDisk"] == len(before[0])
    assert_nothing_is_left(migrator)


def test_a_target_is_brought_back_after_a_failure(migrator: Migrator) -> None:
    jobs = to_the_target(migrator)
    plan_failure(migrator, "i-source0files")
    before = disks(migrator), target(migrator).os_name
    outcome = rehearsed(migrator, jobs)["files-1"]
    assert outcome.item.severity is Severity.CRITICAL
    assert "InError" in outcome.item.finding
    assert (disks(migrator), target(migrator).os_name) == before
    assert_nothing_is_left(migrator)


def test_before_a_migration_a_good_rehearsal_is_not_rolled_back(migrator: Migrator) -> None:
    jobs = to_the_target(migrator)
    outcome = rehearsed(migrator, jobs)["files-1"]
    assert outcome.item.severity is Severity.OK
    assert target(migrator).os_name == "Debian 11 64 bit"
    assert "ecs:ResetDisk" not in migrator.cloud.counts
    assert_nothing_is_left(migrator)


def test_one_that_fails_does_not_stop_the_others(migrator: Migrator) -> None:
    jobs = jobs_for(migrator, "web-1", "web-2")
    plan_failure(migrator, "i-source0web1")
    outcomes = rehearsed(migrator, jobs, quota=1)
    assert outcomes["web-1"].item.severity is Severity.CRITICAL
    assert outcomes["web-2"].item.severity is Severity.OK
    assert_nothing_is_left(migrator)


def test_a_job_in_the_way_is_left_as_it_is(migrator: Migrator) -> None:
    jobs = jobs_for(migrator, "web-1")
    ready = replication_job.create(jobs["web-1"], migrator.context)["job_id"]
    item = rehearsed(migrator, jobs)["web-1"].item
    assert (item.severity, f"job {ready} of this server is Ready" in item.finding) == (
        Severity.CRITICAL,
        True,
    )
    assert "run `pulumi up` again" in item.fix
    start_replication_job(migrator.clients, ready)
    item = rehearsed(migrator, jobs)["web-1"].item
    assert "is Running" in item.finding
    assert "kind: checks" in item.fix
    assert [job.job_id for job in describe_replication_jobs(migrator.clients)] == [ready]


class Killed(BaseException):
    """The process is killed."""


STEPS = [
    "ecs:CreateSnapshot",
    "ecs:DescribeSnapshots",
    "smc:CreateReplicationJob",
    "smc:StartReplicationJob",
    "smc:DescribeReplicationJobs",
    "smc:DeleteReplicationJob",
    "ecs:StopInstance",
    "ecs:ResetDisk",
    "ecs:StartInstance",
    "ecs:DeleteSnapshot",
]


def killed_after(
    migrator: Migrator,
    jobs: dict[str, ReplicationJobInputs],
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    *alone: str,
) -> None:
    """Rehearse until a call of this action is answered, and end there."""
    real, already = Clients.note_service_time, migrator.cloud.counts.get(step, 0)

    def answered(clients: Clients, date: str | None) -> None:
        real(clients, date)
        if migrator.cloud.counts.get(step, 0) > already:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Clients, "note_service_time", answered)
        with pytest.raises(Killed):
            rehearsed(migrator, jobs, *alone)


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_the_next_run_ends_it_and_brings_the_target_back(
    migrator: Migrator, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = to_the_target(migrator)
    before = disks(migrator), target(migrator).os_name, target(migrator).status
    killed_after(migrator, jobs, step, monkeypatch, "files-1")
    outcome = rehearsed(migrator, jobs, "files-1")["files-1"]
    assert outcome.item.severity is Severity.OK
    assert (disks(migrator), target(migrator).os_name, target(migrator).status) == before
    assert_nothing_is_left(migrator)


def test_killed_while_snapshots_are_deleted_nobody_goes_back_to_the_rest(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target is back and in use again: a part of its disks as they were would spoil it."""
    jobs = to_the_target(migrator)
    world = migrator.cloud.world
    with world.transaction():
        (system,) = world.table(Disk).find(instance_id=TARGET, type="system")
        world.table(Disk).put(replace(system, disk_id="d-data", type="data"))
    killed_after(migrator, jobs, "ecs:DeleteSnapshot", monkeypatch, "files-1")
    assert len(ours(migrator)) == 1
    assert migrator.cloud.counts["ecs:ResetDisk"] == 2
    rehearsed(migrator, jobs, "files-1")
    # Its own two disks once more, and nothing before that.
    assert migrator.cloud.counts["ecs:ResetDisk"] == 4
    assert_nothing_is_left(migrator)


def test_a_disk_that_was_replaced_is_said_and_its_snapshot_kept(migrator: Migrator) -> None:
    jobs = to_the_target(migrator)
    world = migrator.cloud.world
    system = target(migrator).os_name

    def progress(_: str) -> None:
        for disk in world.table(Disk).find(instance_id=TARGET, type="system"):
            if disk.disk_id != "d-new" and target(migrator).os_name != system:
                with world.transaction():
                    world.table(Disk).delete(disk.disk_id)
                    world.table(Disk).put(replace(disk, disk_id="d-new"))

    object.__setattr__(migrator.context, "progress", progress)
    outcome = rehearsed(migrator, jobs, "files-1")["files-1"]
    assert outcome.item.severity is Severity.CRITICAL
    assert "has other disks now" in outcome.item.finding
    (kept,) = ours(migrator)
    assert kept.tags[BACKUP_TAG] == TARGET
    assert kept.retention_days == 7


def test_discard_removes_job_and_image_and_leaves_the_target(migrator: Migrator) -> None:
    jobs = jobs_for(migrator, "web-1")
    world = migrator.cloud.world
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="ecs", action="DeleteImage", kind="error", code="Forbidden.RAM", status=403)
    )
    outcome = rehearsed(migrator, jobs)["web-1"]
    assert "could not be taken back" in outcome.item.finding
    (image,) = world.table(Image).find(account_id=migrator.connection.account)
    assert image.name.startswith(rehearsal_image_prefix(STACK))
    migrator.cloud.server.gateway.faults.disarm()
    rehearsal.discard(jobs, migrator.context)
    assert_nothing_is_left(migrator)
