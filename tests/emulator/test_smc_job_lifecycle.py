"""Replication jobs where they meet time, other jobs of their source, and what they keep in ECS."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.ecs.tables import Image, Instance
from emulator.smc.client import register
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world import iso_seconds
from tests.support.cloud import Cloud

REGION = "ap-northeast-1"
LONG_ENOUGH_TO_SYNC = 300
LONGER_THAN_A_MIGRATION = 10_000


def imported(cloud: Cloud, instance_id: str = "i-source0web1") -> SourceServer:
    """A source server as the client leaves it, without the wait for the client."""
    world = cloud.world
    body = cloud.clients("destination").smc().create_access_token(sdk.CreateAccessTokenRequest())
    token = world.table(AccessToken).get(body.body.access_token_id)
    instance = world.table(Instance).get(instance_id)
    assert token
    assert instance
    with world.transaction():
        return register(world, instance, token)


def create(cloud: Cloud, source: SourceServer, name: str = "job-1", **changes: Any) -> str:
    request = sdk.CreateReplicationJobRequest(
        region_id=REGION, source_id=source.source_id, name=name, **changes
    )
    body = cloud.clients("destination").smc().create_replication_job(request).body
    return str(body.job_id)


def start(cloud: Cloud, job_id: str) -> None:
    request = sdk.StartReplicationJobRequest(job_id=job_id)
    cloud.clients("destination").smc().start_replication_job(request)


def stop(cloud: Cloud, job_id: str) -> None:
    request = sdk.StopReplicationJobRequest(job_id=job_id)
    cloud.clients("destination").smc().stop_replication_job(request)


def modify(cloud: Cloud, job_id: str, **changes: Any) -> None:
    request = sdk.ModifyReplicationJobAttributeRequest(job_id=job_id, **changes)
    cloud.clients("destination").smc().modify_replication_job_attribute(request)


def look(cloud: Cloud, job_id: str) -> Any:
    request = sdk.DescribeReplicationJobsRequest(job_id=[job_id])
    body = cloud.clients("destination").smc().describe_replication_jobs(request).body
    (found,) = body.replication_jobs.replication_job
    return found


def source_state(cloud: Cloud) -> str:
    body = (
        cloud.clients("destination")
        .smc()
        .describe_source_servers(sdk.DescribeSourceServersRequest())
    )
    (found,) = body.body.source_servers.source_server
    return str(found.state)


def transition_instances(cloud: Cloud) -> list[Instance]:
    return cloud.world.table(Instance).find(name="No_Delete_SMC_Transition_Instance")


def pass_time(cloud: Cloud, seconds: float) -> None:
    cloud.world.clock.advance(seconds)


def in_future(cloud: Cloud, **distance: float) -> datetime:
    return cloud.world.clock.now() + timedelta(**distance)


def test_a_source_deleted_by_force_leaves_nothing_that_is_billed(cloud: Cloud) -> None:
    source = imported(cloud)
    job_id = create(cloud, source)
    start(cloud, job_id)
    pass_time(cloud, LONG_ENOUGH_TO_SYNC)
    stop(cloud, job_id)
    assert len(transition_instances(cloud)) == 1
    request = sdk.DeleteSourceServerRequest(source_id=source.source_id, force=True)
    cloud.clients("destination").smc().delete_source_server(request)
    assert transition_instances(cloud) == []
    assert len(cloud.world.table(ReplicationJob)) == 0


def test_deleting_a_finished_job_does_not_touch_the_source_of_a_running_one(cloud: Cloud) -> None:
    source = imported(cloud)
    finished = create(cloud, source, "job-1")
    start(cloud, finished)
    pass_time(cloud, LONGER_THAN_A_MIGRATION)
    assert look(cloud, finished).status == "Finished"
    running = create(cloud, source, "job-2")
    start(cloud, running)
    request = sdk.DeleteReplicationJobRequest(job_id=finished)
    cloud.clients("destination").smc().delete_replication_job(request)
    pass_time(cloud, 60)
    assert look(cloud, running).status == "Running"
    assert source_state(cloud) == "InUse"


@pytest.mark.parametrize(("halt", "status"), [(True, "Expired"), (False, "Finished")])
def test_a_job_that_runs_past_its_validity_is_left_alone_until_it_halts(
    cloud: Cloud, halt: bool, status: str
) -> None:
    job_id = create(cloud, imported(cloud), valid_time=iso_seconds(in_future(cloud, days=7)))
    pass_time(cloud, 7 * 86_400 - 200)
    start(cloud, job_id)
    pass_time(cloud, LONG_ENOUGH_TO_SYNC)
    assert look(cloud, job_id).status == "Running"
    if halt:
        stop(cloud, job_id)
    pass_time(cloud, LONGER_THAN_A_MIGRATION)
    assert look(cloud, job_id).status == status
    assert transition_instances(cloud) == []
    pass_time(cloud, 7 * 86_400)
    body = (
        cloud.clients("destination")
        .smc()
        .describe_replication_jobs(sdk.DescribeReplicationJobsRequest())
    )
    assert body.body.total_count == 0


def test_a_changed_schedule_starts_the_job(cloud: Cloud) -> None:
    job_id = create(
        cloud, imported(cloud), scheduled_start_time=iso_seconds(in_future(cloud, hours=1))
    )
    modify(cloud, job_id, scheduled_start_time=iso_seconds(in_future(cloud, hours=3)))
    pass_time(cloud, 2 * 3600)
    assert look(cloud, job_id).status == "Ready"
    pass_time(cloud, 3600 + 60)
    job = look(cloud, job_id)
    assert job.status == "Running"
    assert [run.type for run in job.replication_job_runs.replication_job_run] == ["Schedule"]


def test_validity_counts_from_creation_and_can_be_changed_while_running(cloud: Cloud) -> None:
    created = cloud.world.clock.now()
    job_id = create(cloud, imported(cloud))
    pass_time(cloud, 20 * 86_400)
    start(cloud, job_id)
    with pytest.raises(TeaException, match="ValidTime"):
        modify(cloud, job_id, valid_time=iso_seconds(created + timedelta(days=91)))
    longer = iso_seconds(created + timedelta(days=60))
    modify(cloud, job_id, valid_time=longer)
    assert look(cloud, job_id).valid_time == longer
    with pytest.raises(TeaException, match=r"ReplicationJob\.InvalidStatus"):
        modify(cloud, job_id, image_name="another")


def test_the_image_has_the_disks_that_were_asked_for(cloud: Cloud) -> None:
    disk = sdk.CreateReplicationJobRequestDataDisk(index=1, size=200)
    job_id = create(cloud, imported(cloud, "i-source0app1"), system_disk_size=80, data_disk=[disk])
    job = look(cloud, job_id)
    assert job.system_disk_size == 80
    assert [d.size for d in job.data_disks.data_disk] == [200]
    start(cloud, job_id)
    pass_time(cloud, LONGER_THAN_A_MIGRATION)
    image = cloud.world.table(Image).get(look(cloud, job_id).image_id)
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
def test_disks_that_cannot_be_are_refused(cloud: Cloud, changes: dict[str, Any], code: str) -> None:
    source = imported(cloud, "i-source0app1")
    disks = [
        sdk.CreateReplicationJobRequestDataDisk(index=index, size=size)
        for index, size in changes.pop("data_disk", [])
    ]
    with pytest.raises(TeaException) as raised:
        create(cloud, source, data_disk=disks or None, **changes)
    assert raised.value.code == code
