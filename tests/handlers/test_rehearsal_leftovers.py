"""A rehearsal that was killed: whether its target may have changed decides about the snapshots."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.ecs.tables import Image
from smc.handlers import cleanup_guard, replication_job
from smc.handlers.rehearsal_leftovers import Rehearsed
from smc.models import Image as SeenImage
from smc.models import ReplicationJob, Snapshot
from smc.ownership import BACKUP_TAG, REHEARSAL_JOB_TAGS, REHEARSAL_TAG, stack_tags
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
from tests.support.migration import STACK, TARGET_REGION, Migrator


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


def a_job(tags: dict[str, str], instance_id: str = "") -> ReplicationJob:
    """All that is asked of a job."""
    job: Any = SimpleNamespace(tags=tags, instance_id=instance_id)
    return job  # type: ignore[no-any-return]


OUR_REHEARSAL = stack_tags(STACK) | REHEARSAL_JOB_TAGS
THEIR_REHEARSAL = stack_tags("organization/test/other") | REHEARSAL_JOB_TAGS


@pytest.mark.parametrize(
    ("jobs", "left"),
    [
        ([], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        ([a_job(stack_tags(STACK), "i-1")], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        ([a_job(THEIR_REHEARSAL, "i-1")], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        # The rehearsal of an image: no target is replaced, so what is of one is left.
        ([a_job(OUR_REHEARSAL)], {"s-i-1", "s-i-2"}),
        ([a_job(OUR_REHEARSAL, "i-1")], {"s-i-2"}),
        ([a_job(OUR_REHEARSAL, "i-1"), a_job(OUR_REHEARSAL, "i-2")], set()),
    ],
)
def test_a_rehearsal_explains_the_images_and_the_snapshots_of_its_own_target(
    jobs: list[ReplicationJob], left: set[str]
) -> None:
    def snapshot(id_: str, **tags: str) -> Snapshot:
        return Snapshot(
            snapshot_id=id_,
            name="n",
            disk_id="d",
            size_gib=40,
            status="accomplished",
            progress="100%",
            tags={**stack_tags(STACK), **tags},
        )

    images = [SeenImage(image_id="m-1", name="n", status="Available", size_gib=40)]
    snapshots = [
        snapshot("s-image", **{REHEARSAL_TAG: "image"}),
        snapshot("s-i-1", **{BACKUP_TAG: "i-1"}),
        snapshot("s-i-2", **{BACKUP_TAG: "i-2"}),
    ]
    seen = Rehearsed(STACK, TARGET_REGION, images, snapshots)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert {each.id for each in seen.unexplained(jobs, now, may_begin=False)} == left
