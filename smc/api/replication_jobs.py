"""SMC 2019-06-01: replication jobs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from alibabacloud_smc20190601 import models as sdk

from smc.api._call import call, nothing
from smc.api._fields import json_object, needed, total_count, utc_time
from smc.api._paging import SMC_PAGE, all_pages, batches
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import JobRun, ReplicationJob, TargetDisk
from smc.states import JobStatus


def create_replication_job(clients: Clients, request: sdk.CreateReplicationJobRequest) -> str:
    """Create a job and return its id; it does not start.

    A repeat with the same client token returns the same job.

    Raises:
        ApiError: among others `QuotaExceeded.ReplicationJob`, `ReplicationJobName.Duplicate`,
            `SourceServerState.Invalid`, `EntityNotExist.Role`.
    """
    method = clients.smc().create_replication_job
    return call(clients, "smc:CreateReplicationJob", method, request, _job_id)


def _job_id(body: Any) -> str:
    return str(needed(body.job_id, "JobId"))


def describe_replication_jobs(
    clients: Clients,
    job_ids: Sequence[str] | None = None,
    source_ids: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> list[ReplicationJob]:
    """Jobs by id or by source (50 a call), by tag, or all of the account."""
    if job_ids is not None:
        found: list[ReplicationJob] = []
        for batch in batches(job_ids, SMC_PAGE):
            found += _page(clients, sdk.DescribeReplicationJobsRequest(job_id=batch), 1)[0]
        return found
    if source_ids is not None:
        found = []
        for batch in batches(source_ids, SMC_PAGE):
            request = sdk.DescribeReplicationJobsRequest(source_id=batch)
            found += all_pages(partial(_page, clients, request), SMC_PAGE)
        return found
    wanted = [
        sdk.DescribeReplicationJobsRequestTag(key=key, value=value)
        for key, value in (tags or {}).items()
    ]
    request = sdk.DescribeReplicationJobsRequest(tag=wanted or None)
    return all_pages(lambda number: _page(clients, request, number), SMC_PAGE)


def _page(
    clients: Clients, request: sdk.DescribeReplicationJobsRequest, number: int
) -> tuple[list[ReplicationJob], int]:
    request.page_number = number
    request.page_size = SMC_PAGE
    method = clients.smc().describe_replication_jobs
    return call(clients, "smc:DescribeReplicationJobs", method, request, _jobs)


def _jobs(body: Any) -> tuple[list[ReplicationJob], int]:
    listed = body.replication_jobs.replication_job if body.replication_jobs else None
    return [_job(j) for j in listed or []], total_count(body)


def start_replication_job(clients: Clients, job_id: str) -> None:
    """Start a job that is Ready, Stopped or InError.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`, `SourceServerState.Invalid`.
    """
    request = sdk.StartReplicationJobRequest(job_id=job_id)
    call(clients, "smc:StartReplicationJob", clients.smc().start_replication_job, request, nothing)


def stop_replication_job(clients: Clients, job_id: str) -> None:
    """Stop a job that is Running and Syncing; it can be started again.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`, `ReplicationJob.InvalidBusinessStatus`.
    """
    request = sdk.StopReplicationJobRequest(job_id=job_id)
    call(clients, "smc:StopReplicationJob", clients.smc().stop_replication_job, request, nothing)


def modify_replication_job(
    clients: Clients, request: sdk.ModifyReplicationJobAttributeRequest
) -> None:
    """Change a job; what may change when is in `smc.job_fields`."""
    call(
        clients,
        "smc:ModifyReplicationJobAttribute",
        clients.smc().modify_replication_job_attribute,
        request,
        nothing,
    )


def cut_over_replication_job(clients: Clients, job_id: str, *, final_sync: bool) -> None:
    """End the synchronization of a job that is Waiting, after one last run or without.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`, `SourceServerState.Invalid`.
    """
    request = sdk.CutOverReplicationJobRequest(job_id=job_id, sync_data=final_sync)
    method = clients.smc().cut_over_replication_job
    call(clients, "smc:CutOverReplicationJob", method, request, nothing)


def count_running_jobs(clients: Clients) -> int:
    """How many jobs of the account run, whoever started them."""
    request = sdk.DescribeReplicationJobsRequest(
        status=JobStatus.RUNNING, page_number=1, page_size=1
    )
    method = clients.smc().describe_replication_jobs
    return call(clients, "smc:DescribeReplicationJobs", method, request, total_count)


def delete_replication_job(clients: Clients, job_id: str) -> None:
    """Delete a job that is not Running, with its transition instance.

    One that is being deleted, or gone already, is fine.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`.
    """
    request = sdk.DeleteReplicationJobRequest(job_id=job_id)
    method = clients.smc().delete_replication_job
    try:
        call(clients, "smc:DeleteReplicationJob", method, request, nothing)
    except ApiError:
        # The code for one that is gone is not documented.
        left = describe_replication_jobs(clients, [job_id])
        if any(job.status != JobStatus.DELETING for job in left):
            raise


def _job(given: Any) -> ReplicationJob:
    disks = given.data_disks.data_disk if given.data_disks else None
    tags = given.tags.tag if given.tags else None
    runs = given.replication_job_runs.replication_job_run if given.replication_job_runs else None
    reason = json_object(given.status_info).get("error_msg") or given.status_info
    error = ": ".join(str(part) for part in (given.error_code, reason) if part)
    return ReplicationJob(
        job_id=needed(given.job_id, "JobId"),
        source_id=given.source_id or "",
        name=given.name or "",
        description=given.description or "",
        status=given.status or "",
        business_status=given.business_status or "",
        progress=float(given.progress or 0),
        region=given.region_id or "",
        target_type=given.target_type or "",
        image_name=given.image_name or "",
        image_id=given.image_id or "",
        instance_id=given.instance_id or "",
        transition_instance_id=given.transition_instance_id or "",
        error=error if given.error_code else "",
        start_time=given.start_time or "",
        end_time=given.end_time or "",
        disk_sizes_gib=(int(given.system_disk_size or 0), *(int(d.size or 0) for d in disks or [])),
        runs=tuple(
            JobRun(
                kind=run.type or "",
                started=run.start_time or "",
                ended=run.end_time or "",
                image_id=run.image_id or "",
            )
            for run in runs or []
        ),
        tags={tag.key: tag.value or "" for tag in tags or []},
        layout=_layout(given),
        valid_days=_valid_days(given),
        declared=_declared(given),
    )


def _layout(given: Any) -> tuple[TargetDisk, ...]:
    if given.disks is None or given.disks.system is None:
        return ()
    data = given.disks.data.data if given.disks.data else None
    return tuple(
        TargetDisk(
            lvm=bool(disk.lvm),
            partitions=tuple(
                (part.path or "", int(part.size_bytes or 0), part.block is not False)
                for part in (disk.parts.part if disk.parts else None) or []
            ),
        )
        for disk in (given.disks.system, *(data or []))
    )


def _valid_days(given: Any) -> int | None:
    created, ends = utc_time(given.creation_time), utc_time(given.valid_time)
    return round((ends - created) / timedelta(days=1)) if created and ends else None


def _declared(given: Any) -> dict[str, Any]:
    container = None
    if given.container_repository:
        container = {
            "namespace": given.container_namespace or "",
            "repository": given.container_repository,
            "tag": given.container_tag or "",
        }
    return {
        "region": given.region_id or "",
        "image_name": given.image_name or "",
        "instance_id": given.instance_id or "",
        "container": container,
        "description": given.description or "",
        "start_at": given.scheduled_start_time or "",
        "every_hours": 0 if given.run_once in {None, True} else int(given.frequency or 0),
        "keep_images": 0
        if given.run_once in {None, True}
        else int(given.max_number_of_image_to_keep or 0),
        "vswitch_id": given.v_switch_id or "",
        "replication_parameters": json_object(given.replication_parameters),
        "license_type": given.license_type or "",
        "resource_group_id": given.resource_group_id or "",
        "instance_type": given.instance_type or "",
        "instance_role": given.instance_ram_role or "",
        "launch_template_id": given.launch_template_id or "",
        "launch_template_version": given.launch_template_version or "",
    }
