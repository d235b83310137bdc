"""A rehearsal that was killed: whether its target may have changed decides about the snapshots."""

import pytest

from emulator.ecs.tables import Image
from smc.handlers import cleanup_guard, replication_job
from smc.ownership import BACKUP_TAG
from smc.wave_plan import WaveJob
from tests.handlers.test_rehearsal import (
    TARGET,
    assert_nothing_is_left,
    disks,
    images_have_snapshots,
    jobs_for,
    killed_after,
    ours,
    rehearsed,
    target,
    to_the_target,
)
from tests.support.migration import TARGET_REGION, Migrator


def destroyed(migrator: Migrator) -> list[str]:
    """The lines of the guard, which is the last of the stack to go."""
    return cleanup_guard.delete(migrator.guard_inputs(**{TARGET: TARGET_REGION}), migrator.context)


def test_between_an_image_and_its_snapshots_destroy_finds_them(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_for(migrator, "web-1")
    made = images_have_snapshots(migrator)
    killed_after(migrator, jobs, "ecs:DeleteImage", monkeypatch)
    images = migrator.cloud.world.table(Image)
    assert list(images.find(account_id=migrator.connection.account)) == []
    assert [snapshot.snapshot_id for snapshot in ours(migrator)] == made
    destroyed(migrator)
    assert_nothing_is_left(migrator)


@pytest.mark.parametrize("step", ["ecs:CreateSnapshot", "smc:CreateReplicationJob"])
def test_snapshots_of_a_target_that_is_as_it_was_are_removed(
    migrator: Migrator, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = disks(migrator), target(migrator).os_name, target(migrator).status
    killed_after(migrator, to_the_target(migrator), step, monkeypatch)
    assert ours(migrator) != []
    destroyed(migrator)
    assert_nothing_is_left(migrator)
    assert (disks(migrator), target(migrator).os_name, target(migrator).status) == before
    assert "ecs:ResetDisk" not in migrator.cloud.counts


def test_those_of_one_that_may_have_changed_stay(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(migrator, to_the_target(migrator), "smc:StartReplicationJob", monkeypatch)
    (kept,) = ours(migrator)
    destroyed(migrator)
    assert [snapshot.snapshot_id for snapshot in ours(migrator)] == [kept.snapshot_id]


def test_a_migration_of_its_own_makes_them_worthless(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = to_the_target(migrator)
    killed_after(migrator, jobs, "smc:DeleteReplicationJob", monkeypatch)
    migrator.clock.sleep(3600)
    (kept,) = ours(migrator)
    assert kept.tags[BACKUP_TAG] == TARGET
    inputs = jobs["files-1"]
    job_id = replication_job.create(inputs, migrator.context)["job_id"]
    wave = migrator.wave_inputs({"files-1": WaveJob(job_id=job_id, source_id=inputs.source_id)})
    assert migrator.driven(wave)["failures"] == {}
    assert ours(migrator) == []


def test_a_target_that_is_as_it_was_is_not_stopped_by_the_next_run(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = to_the_target(migrator)
    killed_after(migrator, jobs, "ecs:CreateSnapshot", monkeypatch)
    assert rehearsed(migrator, jobs)["files-1"].item.fix == ""
    assert "ecs:StopInstance" not in migrator.cloud.counts
    assert_nothing_is_left(migrator)
