"""Jobs, waves and clean-up."""

from typing import Any

import pytest

from emulator.http.faults import Fault
from emulator.smc.tables import PlannedFailure
from smc.api.instances import describe_instances
from smc.api.replication_jobs import (
    delete_replication_job,
    describe_replication_jobs,
)
from smc.errors import RefusedError
from smc.handlers import replication_job, wave_run
from smc.ownership import stack_tags
from smc.verdicts import Kind
from smc.wave_plan import WaveJob
from tests.support.faults import arm, disarm
from tests.support.migration import STACK, TARGET_REGION, Migrator

SYNCING_SECONDS = 400


def jobs_of(migrator: Migrator) -> list[Any]:
    return describe_replication_jobs(migrator.clients)


def pass_time(migrator: Migrator, seconds: float) -> None:
    migrator.cloud.world.clock.advance(seconds)


def plan_failure(migrator: Migrator, instance_id: str) -> None:
    world = migrator.cloud.world
    world.table(PlannedFailure).put(
        PlannedFailure(subject=instance_id, at_percent=40, code="S1", message="Rsync not found.")
    )


def test_a_wave_runs_its_jobs_and_says_what_became_of_them(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    outputs = migrator.driven(migrator.wave_inputs(jobs))
    assert outputs["failures"] == {}
    assert {s: r["status"] for s, r in outputs["results"].items()} == {
        "web-1": "Finished",
        "web-2": "Finished",
    }
    assert all(r["image_id"].startswith("m-") for r in outputs["results"].values())
    assert any("Syncing" in line and "left" in line for line in migrator.lines)
    assert wave_run.is_complete(migrator.wave_inputs(jobs), outputs, migrator.context)


def test_done_stays_done(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    inputs = migrator.wave_inputs(jobs)
    outputs = migrator.driven(inputs)
    before = dict(migrator.cloud.counts)
    assert migrator.driven(inputs, outputs) == outputs
    assert dict(migrator.cloud.counts) == before


def test_a_finished_job_that_smc_removed_is_a_tombstone(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    migrator.driven(migrator.wave_inputs(jobs))
    job = jobs["web-1"]
    inputs = migrator.job_inputs("web-1", job.source_id)
    # The state of before: nobody refreshed it after the job had finished.
    stale = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    delete_replication_job(migrator.clients, job.job_id)
    pass_time(migrator, 120)
    read = replication_job.read(inputs, stale, migrator.context)
    assert read is not None
    assert read["status"] == "Finished"
    # Even without any state it is not run again.
    assert replication_job.create(inputs, migrator.context)["status"] == "Finished"
    assert jobs_of(migrator) == []
    # Nor does a wave that begins anew take it for lost.
    outputs = migrator.driven(migrator.wave_inputs(jobs))
    assert outputs["failures"] == {}
    assert outputs["results"]["web-1"]["status"] == "Finished"
    assert wave_run.is_complete(migrator.wave_inputs(jobs), outputs, migrator.context)
    # A higher run is.
    again = migrator.job_inputs("web-1", job.source_id, run=2, image_name="other")
    assert replication_job.create(again, migrator.context)["job_id"]


def test_a_tombstone_can_be_described_anew(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    migrator.driven(migrator.wave_inputs(jobs))
    job = jobs["web-1"]
    delete_replication_job(migrator.clients, job.job_id)
    pass_time(migrator, 120)
    before = migrator.job_inputs("web-1", job.source_id)
    after = before.model_copy(update={"description": "done", "tags": {"done": "yes"}})
    outputs = {"job_id": job.job_id, "status": "Finished", "image_id": "m-1", "error": ""}
    assert replication_job.verdict(before, after, outputs, migrator.context).kind is Kind.MODIFY
    assert replication_job.update(after, before, outputs, migrator.context) == outputs


def test_a_job_deleted_by_hand_before_it_finished_is_missing(migrator: Migrator) -> None:
    job = migrator.prepared("web-1")["web-1"]
    delete_replication_job(migrator.clients, job.job_id)
    pass_time(migrator, 120)
    inputs = migrator.job_inputs("web-1", job.source_id)
    outputs = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    assert replication_job.read(inputs, outputs, migrator.context) is None
    assert replication_job.create(inputs, migrator.context)["job_id"] not in {"", job.job_id}


def test_a_job_that_is_replaced_is_gone_before_the_new_one_is_made(migrator: Migrator) -> None:
    """SMC takes a while to delete one, and keeps its name until then."""
    job = migrator.prepared("web-1")["web-1"]
    outputs = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    replication_job.delete(migrator.job_inputs("web-1", job.source_id), outputs, migrator.context)
    assert [j.status for j in jobs_of(migrator)] == ["Deleting"]
    made = migrator.job("web-1", job.source_id, license_type="BYOL")
    assert made["status"] == "Ready"
    assert [j.job_id for j in jobs_of(migrator)] == [made["job_id"]]
    assert "waiting until SMC has removed" in migrator.lines[-1]


@pytest.mark.parametrize("code", ["ReplicationJobName.Duplicate", "ImageName.UsedByReplicationJob"])
def test_a_job_that_goes_right_after_it_was_in_the_way_keeps_none_from_being_made(
    migrator: Migrator, code: str
) -> None:
    source_id = migrator.imported({"web-1": {"name": "web-1"}})["sources"]["web-1"]["source_id"]
    arm(migrator.cloud, "error", "CreateReplicationJob", code=code, status=400)
    made = migrator.job("web-1", source_id)
    assert (made["status"], made["error"]) == ("Ready", "")
    assert [j.job_id for j in jobs_of(migrator)] == [made["job_id"]]
    # One that stays in the way is told, and so is every other refusal, at once.
    for refused, calls in ((code, 2), ("InvalidParameter.ValidTime", 1)):
        other = migrator.imported({"app-1": {"name": "app-1"}})["sources"]["app-1"]["source_id"]
        before = migrator.cloud.counts["smc:CreateReplicationJob"]
        arm(migrator.cloud, "error", "CreateReplicationJob", code=refused, status=400, count=9)
        error = migrator.job("app-1", other)["error"]
        assert error.startswith("its replication job could not be created. ")
        assert refused in error
        assert migrator.cloud.counts["smc:CreateReplicationJob"] - before == calls
        disarm(migrator.cloud)


def test_creating_twice_gives_one_job(migrator: Migrator) -> None:
    job = migrator.prepared("web-1")["web-1"]
    assert migrator.job("web-1", job.source_id)["job_id"] == job.job_id
    assert len(jobs_of(migrator)) == 1


def test_a_lost_answer_gives_one_job(migrator: Migrator) -> None:
    source_id = migrator.imported({"web-1": {"name": "web-1"}})["sources"]["web-1"]["source_id"]
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="smc", action="CreateReplicationJob", kind="lost", count=1)
    )
    assert migrator.job("web-1", source_id)["job_id"] == jobs_of(migrator)[0].job_id
    assert len(jobs_of(migrator)) == 1


def test_a_failed_server_does_not_stop_the_others_and_goes_on_next_time(
    migrator: Migrator,
) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    plan_failure(migrator, "i-source0web1")
    inputs = migrator.wave_inputs(jobs)
    outputs = migrator.driven(inputs)
    assert outputs["results"]["web-2"]["status"] == "Finished"
    reason = outputs["failures"]["web-1"]
    assert "InError at 40 %" in reason
    assert "Rsync not found" in reason
    assert "install rsync" in reason
    transition = describe_instances(migrator.clients, TARGET_REGION, tags=stack_tags(STACK))
    assert len(transition) == 1
    again = migrator.driven(inputs, outputs)
    assert again["failures"] == {}
    assert again["results"]["web-1"]["status"] == "Finished"
    assert again["results"]["web-2"] == outputs["results"]["web-2"]
    assert migrator.cloud.counts["smc:StartReplicationJob"] == 3


def test_no_more_jobs_run_than_the_quota(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2", "app-1")
    running: list[int] = []

    def note_running(_: str) -> None:
        running.append(sum(job.status == "Running" for job in jobs_of(migrator)))

    object.__setattr__(migrator.context, "progress", note_running)
    outputs = migrator.driven(migrator.wave_inputs(jobs, running_quota=1))
    assert outputs["failures"] == {}
    assert max(running) == 1


def test_create_only_is_not_started(migrator: Migrator) -> None:
    jobs = {s: j.model_copy(update={"start": False}) for s, j in migrator.prepared("web-1").items()}
    inputs = migrator.wave_inputs(jobs)
    outputs = migrator.driven(inputs)
    assert outputs["failures"] == {}
    assert outputs["results"]["web-1"]["status"] == "Ready"
    assert wave_run.is_complete(inputs, outputs, migrator.context)
    assert "smc:StartReplicationJob" not in migrator.cloud.counts


def test_a_server_that_was_not_imported_is_reported_by_its_wave(migrator: Migrator) -> None:
    outputs = migrator.job("lost", "")
    assert (outputs["job_id"], outputs["status"]) == ("", "NotCreated")
    jobs = {"lost": WaveJob(job_id="", source_id="", run=1, start=True)}
    inputs = migrator.wave_inputs(jobs, import_failures={"lost": "is Stopped."})
    driven = migrator.driven(inputs)
    assert driven["failures"] == {"lost": "is Stopped."}
    assert not wave_run.is_complete(inputs, driven, migrator.context)


def test_target_instances_are_checked_and_replaced(migrator: Migrator) -> None:
    outputs = migrator.imported({"files-1": {"name": "files-1"}, "app-1": {"name": "app-1"}})
    source = {name: record["source_id"] for name, record in outputs["sources"].items()}
    target = {"image_name": "", "instance_id": "i-target0files"}
    refused = migrator.job("app-1", source["app-1"], **target)
    assert "has 2 disks, the instance 1" in refused["error"]
    absent = {**target, "instance_id": "i-none"}
    refused = migrator.job("files-1", source["files-1"], **absent)
    assert refused["error"].startswith("target instance i-none does not exist")
    assert (refused["status"], refused["job_id"]) == ("NotCreated", "")
    job_id = migrator.job("files-1", source["files-1"], **target)["job_id"]
    assert any("automatic snapshots" in line for line in migrator.lines)
    job = WaveJob(job_id=job_id, source_id=source["files-1"], run=1, start=True)
    result = migrator.driven(migrator.wave_inputs({"files-1": job}))["results"]["files-1"]
    assert (result["status"], result["instance_id"]) == ("Finished", "i-target0files")
    (instance,) = describe_instances(migrator.clients, TARGET_REGION, ["i-target0files"])
    assert instance.os_name.startswith("Debian")


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"description": "new"}, True),
        ({"image_name": "other-image"}, True),
        ({"valid_days": 60}, True),
        ({"tags": {"a": "b"}}, True),
        ({"license_type": "BYOL"}, False),
    ],
)
def test_changes_before_the_first_start(
    migrator: Migrator, changes: dict[str, Any], fits: bool
) -> None:
    job = migrator.prepared("web-1")["web-1"]
    before = migrator.job_inputs("web-1", job.source_id)
    after = migrator.job_inputs("web-1", job.source_id, **changes)
    outputs = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    if not fits:
        verdict = replication_job.verdict(before, after, outputs, migrator.context)
        assert verdict.kind is Kind.REPLACE
        assert "nothing that was transferred is lost" in verdict.reason
        return
    verdict = replication_job.verdict(before, after, outputs, migrator.context)
    assert verdict.kind is Kind.MODIFY
    replication_job.update(after, before, outputs, migrator.context)
    (changed,) = jobs_of(migrator)
    assert (changed.description, changed.image_name) == (after.description, after.image_name)


def test_a_change_after_the_migration_is_refused(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    migrator.driven(migrator.wave_inputs(jobs))
    job = jobs["web-1"]
    before = migrator.job_inputs("web-1", job.source_id)
    after = migrator.job_inputs("web-1", job.source_id, image_name="other")
    outputs = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    with pytest.raises(RefusedError) as raised:
        replication_job.verdict(before, after, outputs, migrator.context)
    assert "already migrated" in str(raised.value)
    assert "run to 2" in str(raised.value)


def test_fifty_jobs_cost_one_look(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2", "app-1")
    before = migrator.cloud.counts["smc:DescribeReplicationJobs"]
    ids = [job.job_id for job in jobs.values()] + [f"j-none{n}" for n in range(47)]
    describe_replication_jobs(migrator.clients, ids)
    assert migrator.cloud.counts["smc:DescribeReplicationJobs"] == before + 1
    describe_replication_jobs(migrator.clients, [*ids, "j-one-more"])
    assert migrator.cloud.counts["smc:DescribeReplicationJobs"] == before + 3


def test_a_refused_job_names_server_code_cause_and_fix(migrator: Migrator) -> None:
    from dataclasses import replace

    from emulator.identity.tables import Account

    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    accounts = migrator.cloud.world.table(Account)
    account = accounts.get("2000000000000002")
    assert account is not None
    accounts.put(replace(account, service_role_for_smc=False))
    job = migrator.job("web-1", outputs["sources"]["web-1"]["source_id"])
    for part in ("EntityNotExist.Role", "AliyunServiceRoleForSMC", "Fix:"):
        assert part in job["error"]
    assert f"web-1 has no replication job: {job['error']}" in migrator.lines
