"""Replication jobs from creation to removal, and what they keep in ECS meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.ecs.tables import Image
from emulator.world import iso_seconds
from tests.support.cloud import Cloud
from tests.support.smc_calls import DAY, HOUR, LONGER_THAN_A_RUN, REGION, WHILE_SYNCING, Smc


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def delete_source(smc: Smc, source_id: str, *, force: bool = False) -> None:
    request = sdk.DeleteSourceServerRequest(source_id=source_id, force=force)
    smc.sdk.delete_source_server(request)


def refused(call: Any, *arguments: Any, **options: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(TeaException) as raised:
        call(*arguments, **options)
    return str(raised.value.code)


def listed_instances(smc: Smc, instance_id: str) -> list[Any]:
    request = ecs.DescribeInstancesRequest(region_id=REGION, instance_ids=f'["{instance_id}"]')
    body = smc.cloud.clients("destination").ecs(REGION).describe_instances(request).body
    return list(body.instances.instance)


def test_a_job_runs_through_its_phases_and_leaves_an_image(smc: Smc) -> None:
    job_id = smc.create(smc.source(), image_name="web-1")
    assert smc.job(job_id).status == "Ready"
    smc.start(job_id)
    seen = []
    for _ in range(40):
        job = smc.job(job_id)
        seen.append((job.status, job.business_status, smc.sources()[0].state))
        if job.status == "Running":
            (transition,) = listed_instances(smc, job.transition_instance_id)
            assert transition.instance_name == "No_Delete_SMC_Transition_Instance"
        smc.pass_time(60)
    assert list(dict.fromkeys(seen)) == [
        ("Running", "Preparing", "InUse"),
        ("Running", "Syncing", "InUse"),
        ("Running", "Processing", "InUse"),
        ("Running", "Cleaning", "InUse"),
        ("Finished", "", "Available"),
    ]
    done = smc.job(job_id)
    assert (done.progress, smc.image_names()) == (100, ["web-1"])
    assert listed_instances(smc, done.transition_instance_id) == []


def test_progress_only_grows_and_a_stopped_job_goes_on_where_it_was(smc: Smc) -> None:
    job_id = smc.create(smc.source())
    smc.start(job_id)
    smc.pass_time(500)
    before = smc.job(job_id)
    smc.stop(job_id)
    stopped = smc.job(job_id)
    assert (stopped.status, stopped.progress) == ("Stopped", before.progress)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).progress == before.progress
    assert listed_instances(smc, before.transition_instance_id)
    smc.start(job_id)
    resumed = smc.job(job_id)
    assert resumed.progress >= before.progress
    assert resumed.transition_instance_id == before.transition_instance_id


def test_a_source_has_one_unfinished_job_and_is_deleted_after_it(smc: Smc) -> None:
    source_id = smc.source()
    job_id = smc.create(source_id)
    assert refused(smc.create, source_id) == "SourceServerState.Invalid"
    smc.start(job_id)
    assert refused(delete_source, smc, source_id) == "SourceServer.WithRunningReplicationJob"
    smc.pass_time(LONGER_THAN_A_RUN)
    assert refused(delete_source, smc, source_id) == "ReplicationJob.Related"
    smc.delete(job_id)
    assert smc.job(job_id).status == "Deleting"
    smc.pass_time(60)
    assert smc.jobs() == []
    delete_source(smc, source_id)
    assert smc.sources() == []


def test_while_a_job_is_deleted_another_may_be_created(smc: Smc) -> None:
    source_id = smc.source()
    smc.delete(smc.create(source_id))
    assert smc.create(source_id)


def test_a_source_deleted_by_force_leaves_nothing_that_is_billed(smc: Smc) -> None:
    source_id = smc.source()
    job_id = smc.create(source_id)
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING)
    smc.stop(job_id)
    assert len(smc.transition_instances()) == 1
    delete_source(smc, source_id, force=True)
    assert smc.transition_instances() == []
    assert smc.jobs() == []


def test_deleting_a_finished_job_does_not_touch_the_source_of_a_running_one(smc: Smc) -> None:
    source_id = smc.source()
    finished = smc.create(source_id)
    smc.start(finished)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(finished).status == "Finished"
    running = smc.create(source_id)
    smc.start(running)
    smc.delete(finished)
    smc.pass_time(60)
    assert smc.job(running).status == "Running"
    assert smc.sources()[0].state == "InUse"


def test_an_expired_job_is_kept_for_seven_days(smc: Smc) -> None:
    job_id = smc.create(smc.source())
    smc.pass_time(30 * DAY + 60)
    assert smc.job(job_id).status == "Expired"
    smc.pass_time(7 * DAY)
    assert smc.jobs() == []


@pytest.mark.parametrize(("halt", "status"), [(True, "Expired"), (False, "Finished")])
def test_a_job_that_runs_past_its_validity_is_left_alone_until_it_halts(
    smc: Smc, halt: bool, status: str
) -> None:
    job_id = smc.create(smc.source(), valid_time=smc.later(7 * DAY))
    smc.pass_time(7 * DAY - 200)
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING)
    assert smc.job(job_id).status == "Running"
    if halt:
        smc.stop(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == status
    assert smc.transition_instances() == []
    smc.pass_time(7 * DAY)
    assert smc.jobs() == []


def test_a_changed_schedule_starts_the_job(smc: Smc) -> None:
    job_id = smc.create(smc.source(), scheduled_start_time=smc.later(HOUR))
    smc.modify(job_id, scheduled_start_time=smc.later(3 * HOUR))
    smc.pass_time(2 * HOUR)
    assert smc.job(job_id).status == "Ready"
    smc.pass_time(HOUR + 60)
    assert smc.job(job_id).status == "Running"
    assert [run.type for run in smc.runs(job_id)] == ["Schedule"]


def test_validity_counts_from_creation_and_can_be_changed_while_running(smc: Smc) -> None:
    created = smc.world.clock.now()
    job_id = smc.create(smc.source())
    smc.pass_time(20 * DAY)
    smc.start(job_id)
    too_late = iso_seconds(created + timedelta(days=91))
    assert refused(smc.modify, job_id, valid_time=too_late) == "InvalidParameter.ValidTime"
    longer = iso_seconds(created + timedelta(days=60))
    smc.modify(job_id, valid_time=longer)
    assert smc.job(job_id).valid_time == longer


def test_names_of_jobs_and_of_images_to_come_are_unique(smc: Smc) -> None:
    first, second = smc.source(), smc.source("i-source0web2")
    smc.create(first, name="job-1", image_name="image-1")
    assert refused(smc.create, second, name="job-1") == "ReplicationJobName.Duplicate"
    assert refused(smc.create, second, image_name="image-1") == "ImageName.UsedByReplicationJob"
    job_id = smc.create(second, name="job-2")
    assert refused(smc.modify, job_id, name="job-1") == "ReplicationJobName.Duplicate"
    assert refused(smc.modify, job_id, image_name="image-1") == "ImageName.UsedByReplicationJob"


def test_the_image_has_the_disks_that_were_asked_for(smc: Smc) -> None:
    disk = sdk.CreateReplicationJobRequestDataDisk(index=1, size=200)
    job_id = smc.create(smc.source("i-source0app1"), system_disk_size=80, data_disk=[disk])
    job = smc.job(job_id)
    assert job.system_disk_size == 80
    assert [d.size for d in job.data_disks.data_disk] == [200]
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    image = smc.world.table(Image).get(smc.job(job_id).image_id)
    assert image
    assert image.disk_sizes_gib == [80, 200]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"system_disk_size": 19}, "InvalidParameter.SystemDiskSize"),
        ({"system_disk_size": 2049}, "InvalidParameter.SystemDiskSize"),
        ({"data_disk": [(2, 100)]}, "ReplicationJobDataDiskIndex.Invalid"),
        ({"data_disk": [(1, 100), (1, 100)]}, "DataDisk.DuplicateIndex"),
        ({"data_disk": [(1, 19)]}, "InvalidParameter.DataDisk"),
    ],
)
def test_disks_that_cannot_be_are_refused(smc: Smc, changes: dict[str, Any], code: str) -> None:
    disks = [
        sdk.CreateReplicationJobRequestDataDisk(index=index, size=size)
        for index, size in changes.get("data_disk", [])
    ]
    options = {**changes, "data_disk": disks or None}
    assert refused(smc.create, smc.source("i-source0app1"), **options) == code


@pytest.mark.parametrize("job_type", [1, 2, 3])
def test_what_is_not_modelled_says_so(smc: Smc, job_type: int) -> None:
    assert refused(smc.create, smc.source(), job_type=job_type) == "Emulator.NotModelled"


def test_pages_are_at_most_fifty(smc: Smc) -> None:
    assert refused(smc.jobs, page_size=51) == "InvalidParameter.PageSize"
