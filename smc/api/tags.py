"""Tags on sources and jobs (SMC), on instances, disks and snapshots (ECS): how ours are found."""

from collections.abc import Mapping, Sequence

from alibabacloud_smc20190601 import models as sdk

from smc.api._call import call, nothing
from smc.api._paging import SMC_PAGE, batches
from smc.clients import Clients

JOB = "replicationjob"


def tag_source_servers(
    clients: Clients, source_ids: Sequence[str], tags: Mapping[str, str]
) -> None:
    """Put tags on source servers, 50 a call. Tags already there get the new value."""
    for batch in batches(source_ids, SMC_PAGE):
        request = sdk.TagResourcesRequest(
            resource_type="sourceserver",
            resource_id=batch,
            tag=[sdk.TagResourcesRequestTag(key=k, value=v) for k, v in tags.items()],
        )
        call(clients, "smc:TagResources", clients.smc().tag_resources, request, nothing)


def untag_source_servers(clients: Clients, source_ids: Sequence[str], keys: Sequence[str]) -> None:
    """Take tags off source servers, 50 a call; tags that are not there are fine."""
    for batch in batches(source_ids, SMC_PAGE):
        request = sdk.UntagResourcesRequest(
            resource_type="sourceserver", resource_id=batch, tag_key=list(keys)
        )
        call(clients, "smc:UntagResources", clients.smc().untag_resources, request, nothing)


def tag_job(clients: Clients, job_id: str, tags: Mapping[str, str]) -> None:
    """Put tags on a replication job. Tags already there get the new value."""
    request = sdk.TagResourcesRequest(
        resource_type=JOB,
        resource_id=[job_id],
        tag=[sdk.TagResourcesRequestTag(key=k, value=v) for k, v in tags.items()],
    )
    call(clients, "smc:TagResources", clients.smc().tag_resources, request, nothing)


def untag_job(clients: Clients, job_id: str, keys: Sequence[str]) -> None:
    """Take tags off a replication job."""
    request = sdk.UntagResourcesRequest(resource_type=JOB, resource_id=[job_id], tag_key=list(keys))
    call(clients, "smc:UntagResources", clients.smc().untag_resources, request, nothing)


def tag_instances(
    clients: Clients, region: str, instance_ids: Sequence[str], tags: Mapping[str, str]
) -> None:
    """Put tags on ECS instances, 50 a call."""
    _tag_in_ecs(clients, region, "instance", instance_ids, tags)


def tag_disks(
    clients: Clients, region: str, disk_ids: Sequence[str], tags: Mapping[str, str]
) -> None:
    """Put tags on disks, 50 a call."""
    _tag_in_ecs(clients, region, "disk", disk_ids, tags)


def tag_snapshots(
    clients: Clients, region: str, snapshot_ids: Sequence[str], tags: Mapping[str, str]
) -> None:
    """Put tags on snapshots, 50 a call."""
    _tag_in_ecs(clients, region, "snapshot", snapshot_ids, tags)


def _tag_in_ecs(
    clients: Clients, region: str, kind: str, ids: Sequence[str], tags: Mapping[str, str]
) -> None:
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    for batch in batches(ids, SMC_PAGE):
        request = ecs.TagResourcesRequest(
            region_id=region,
            resource_type=kind,
            resource_id=batch,
            tag=[ecs.TagResourcesRequestTag(key=k, value=v) for k, v in tags.items()],
        )
        call(clients, "ecs:TagResources", clients.ecs(region).tag_resources, request, nothing)
