"""Replication jobs: what the actions accept, and when.

Source: SMC 2019-06-01, CreateReplicationJob, ModifyReplicationJobAttribute, StartReplicationJob,
StopReplicationJob, DeleteReplicationJob, DescribeReplicationJobs.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.identity.tables import Account
from emulator.service import ApiError, Call, Members, action
from emulator.smc import lifecycle
from emulator.smc.listing import has_tags, ids_of, page
from emulator.smc.names import check_name
from emulator.smc.source_servers import find_source
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.smc.tags import given_tags
from emulator.smc.target_disks import check_disks, target_sizes_gib
from emulator.world import iso_seconds

JOB_QUOTA = "smc.jobs_quota"
DEFAULT_VALIDITY = timedelta(days=30)
LONGEST_PARAMETERS = 2048
UNFINISHED = frozenset({"Ready", "Running", "Stopped", "InError", "Waiting", "Expired"})
STARTABLE = frozenset({"Ready", "Stopped", "InError"})
ALWAYS_MODIFIABLE = frozenset({"Name", "Description"})
VALIDITY_MODIFIABLE = frozenset({"Ready", "Running", "Stopped", "InError", "Waiting"})
NOT_MODELLED = "The emulator does not model {}; Alibaba Cloud does."


def find_job(call: Call) -> ReplicationJob:
    """The job named by the call.

    Raises:
        ApiError: `ReplicationJob.NotFound` (its code is not documented).
    """
    job = call.world.table(ReplicationJob).get(call.get("JobId", ""))
    if job is None or job.account_id != call.account_id:
        raise ApiError(
            "ReplicationJob.NotFound",
            f"The replication job {call.get('JobId')} does not exist.",
            404,
        )
    return job


def _must_be(job: ReplicationJob, allowed: frozenset[str]) -> None:
    if job.status not in allowed:
        raise ApiError(
            "ReplicationJob.InvalidStatus",
            f"The specified replication job status: {job.status} is invalid. This operation can"
            f" only be performed in the following status: {', '.join(sorted(allowed))}.",
        )


@action("smc", "CreateReplicationJob")
def create_replication_job(call: Call) -> Members:
    """A new job, Ready; it does not run before it is started."""
    token = call.get("ClientToken") or ""
    for earlier in call.world.table(ReplicationJob).find(account_id=call.account_id):
        if token and earlier.client_token == token:
            return {"JobId": earlier.job_id}
    _check_account(call)
    _refuse_unmodelled(call)
    source = find_source(call)
    related = call.world.table(ReplicationJob).find(source_id=source.source_id)
    if source.state != "Available" or any(job.status in UNFINISHED for job in related):
        raise ApiError(
            "SourceServerState.Invalid",
            f"The specified source server status: {source.state} is invalid. This operation can"
            " only be performed in the following status: Available.",
        )
    job_id = call.world.new_id("j-bp1")
    name = call.get("Name") or f"{job_id}"
    _check_names(call, name)
    check_disks(source, call.parameters)
    scheduled = _scheduled(call)
    job = call.world.table(ReplicationJob).put(
        ReplicationJob(
            job_id=job_id,
            account_id=call.account_id,
            source_id=source.source_id,
            region=call.get("RegionId"),
            name=name,
            description=call.get("Description") or "",
            status="Ready",
            business_status="",
            target_type=call.get("TargetType") or "Image",
            parameters=dict(call.parameters),
            client_token=token,
            valid_until=_valid_until(call, call.world.now),
            created=call.world.now,
            scheduled=scheduled,
            tags=given_tags(call),
        )
    )
    call.world.schedule(job.valid_until, lifecycle.EXPIRES, job_id)
    if scheduled is not None:
        call.world.schedule(scheduled, lifecycle.STARTS, job_id)
    return {"JobId": job_id}


def _check_account(call: Call) -> None:
    account = call.world.table(Account).get(call.account_id)
    if account is None or not account.service_role_for_smc:
        raise ApiError(
            "EntityNotExist.Role",
            "The account is unauthorized. Please assign the role AliyunServiceRoleForSMC to your"
            " account.",
            403,
        )
    jobs = call.world.table(ReplicationJob).find(account_id=call.account_id)
    if len(jobs) >= int(call.world.setting(JOB_QUOTA, 1000)):
        raise ApiError(
            "QuotaExceeded.ReplicationJob",
            "The maximum number of replication jobs is exceeded. Please submit a ticket to raise"
            " the quota.",
        )


def _refuse_unmodelled(call: Call) -> None:
    if call.get("RunOnce") is False:
        raise ApiError("Emulator.NotModelled", NOT_MODELLED.format("incremental jobs"))
    if call.get("TargetType") == "ContainerImage":
        raise ApiError("Emulator.NotModelled", NOT_MODELLED.format("container targets"))
    if call.get("TargetType") == "TargetInstance" and not call.get("InstanceId"):
        raise ApiError("MissingInstanceId", "InstanceId is mandatory for a target instance.")
    if len(call.get("ReplicationParameters") or "") > LONGEST_PARAMETERS:
        raise ApiError("InvalidParameter.ReplicationParameters", "It is too long.")


def _check_names(call: Call, name: str, but: str = "") -> None:
    check_name(name, "Name")
    image_name = call.get("ImageName")
    for job in call.world.table(ReplicationJob).find(account_id=call.account_id):
        if job.job_id == but:
            continue
        if job.name == name:
            raise ApiError(
                "ReplicationJobName.Duplicate",
                "The specified replication job name already exists.",
            )
        unfinished = job.status in UNFINISHED and job.region == call.get("RegionId", job.region)
        if image_name and unfinished and job.parameters.get("ImageName") == image_name:
            raise ApiError(
                "ImageName.UsedByReplicationJob",
                f'The specified imageName: "{image_name}" was used by another replication job in'
                " the current region.",
            )


def _time(call: Call, name: str) -> datetime | None:
    given = call.get(name)
    if not given:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ApiError(f"InvalidParameter.{name}", f"{name} is not a UTC time.") from None


def _scheduled(call: Call) -> datetime | None:
    scheduled = _time(call, "ScheduledStartTime")
    if scheduled is not None and not (
        call.world.now < scheduled <= call.world.now + timedelta(days=30)
    ):
        raise ApiError("InvalidParameter.ScheduledStartTime", "The time is out of range.")
    return scheduled


def _valid_until(call: Call, created: datetime) -> datetime:
    given = _time(call, "ValidTime")
    if given is None:
        return created + DEFAULT_VALIDITY
    # A minute of grace: the client's clock and the way of the request.
    grace = timedelta(minutes=1)
    if not created + timedelta(days=7) - grace <= given <= created + timedelta(days=90) + grace:
        raise ApiError(
            "InvalidParameter.ValidTime", "ValidTime must be 7 to 90 days after the creation."
        )
    return given


@action("smc", "StartReplicationJob")
def start_replication_job(call: Call) -> Members:
    """Start a job that is Ready, Stopped or InError; its source must be online."""
    job = find_job(call)
    _must_be(job, STARTABLE)
    source = find_source(replace(call, parameters={"SourceId": job.source_id}))
    if source.state != "Available":
        raise ApiError(
            "SourceServerState.Invalid",
            f"The specified source server status: {source.state} is invalid. This operation can"
            " only be performed in the following status: Available.",
        )
    lifecycle.start(call.world, job)
    return {}


@action("smc", "StopReplicationJob")
def stop_replication_job(call: Call) -> Members:
    """Stop a job that is Running and Syncing."""
    job = find_job(call)
    _must_be(job, frozenset({"Running"}))
    if job.business_status != "Syncing":
        raise ApiError(
            "ReplicationJob.InvalidBusinessStatus",
            f"The specified replication job business status: {job.business_status} is invalid."
            " This operation can only be performed in the following business status: Syncing.",
        )
    lifecycle.stop(call.world, job)
    return {}


@action("smc", "DeleteReplicationJob")
def delete_replication_job(call: Call) -> Members:
    """Delete a job that does not run, and what it keeps in ECS."""
    job = find_job(call)
    _must_be(job, (UNFINISHED | {"Finished"}) - {"Running"})
    lifecycle.begin_deletion(call.world, job)
    return {}


@action("smc", "ModifyReplicationJobAttribute")
def modify_replication_job_attribute(call: Call) -> Members:
    """Change a job; name and description at any time, most of the rest before it first runs."""
    job = find_job(call)
    changes = {k: v for k, v in call.parameters.items() if k not in {"JobId", "RegionId"}}
    if call.get("ValidTime"):
        _must_be(job, VALIDITY_MODIFIABLE)
    if set(changes) - ALWAYS_MODIFIABLE - {"ValidTime"}:
        # Ready means that it has not run yet: no status leads back to it.
        _must_be(job, frozenset({"Ready"}))
        source = find_source(replace(call, parameters={"SourceId": job.source_id}))
        check_disks(source, changes)
    name = call.get("Name") or job.name
    _check_names(call, name, but=job.job_id)
    changed = replace(
        job,
        name=name,
        description=call.get("Description", job.description),
        target_type=call.get("TargetType") or job.target_type,
        parameters={**job.parameters, **changes},
        valid_until=_valid_until(call, job.created) if call.get("ValidTime") else job.valid_until,
        scheduled=_scheduled(call) or job.scheduled,
    )
    call.world.table(ReplicationJob).put(changed)
    if changed.valid_until != job.valid_until:
        call.world.schedule(changed.valid_until, lifecycle.EXPIRES, job.job_id)
    if changed.scheduled is not None and changed.scheduled != job.scheduled:
        call.world.schedule(changed.scheduled, lifecycle.STARTS, job.job_id)
    return {}


@action("smc", "DescribeReplicationJobs")
def describe_replication_jobs(call: Call) -> Members:
    """Jobs; filters are joined by AND."""
    ids, sources = ids_of(call, "JobId"), ids_of(call, "SourceId")
    equal = [(show, value) for name, show in FILTERS.items() if (value := call.get(name))]
    found = [
        j
        for j in call.world.table(ReplicationJob).find(account_id=call.account_id)
        if (not ids or j.job_id in ids)
        and (not sources or j.source_id in sources)
        and call.get("InstanceId") in {None, "", j.parameters.get("InstanceId")}
        and all(show(j) == value for show, value in equal)
        and has_tags(call, j.tags)
    ]
    shown, described = page(call, found, lambda job: _members(call, job))
    return {"ReplicationJobs": {"ReplicationJob": shown}, **described}


FILTERS: dict[str, Callable[[ReplicationJob], Any]] = {
    "Status": lambda job: job.status,
    "BusinessStatus": lambda job: job.business_status,
    "Name": lambda job: job.name,
    "RegionId": lambda job: job.region,
}
"""Parameters of DescribeReplicationJobs that a job's own value must equal."""

COPIED = (
    "ContainerNamespace",
    "ContainerRepository",
    "ContainerTag",
    "Frequency",
    "ImageName",
    "InstanceId",
    "InstanceRamRole",
    "InstanceType",
    "LaunchTemplateId",
    "LaunchTemplateVersion",
    "LicenseType",
    "MaxNumberOfImageToKeep",
    "ReplicationParameters",
    "ResourceGroupId",
    "VSwitchId",
    "VpcId",
)
"""Parameters that are shown as they were given."""


def _members(call: Call, job: ReplicationJob) -> dict[str, Any]:
    source = call.world.table(SourceServer).get(job.source_id)
    if source is None:
        raise LookupError(f"job {job.job_id} has no source server")
    jobs = call.world.table(ReplicationJob)
    lasting = jobs.derived(job, source, lambda: _lasting_members(job, source))
    return {**lasting, "Progress": lifecycle.progress(call.world, job)}


def _lasting_members(job: ReplicationJob, source: SourceServer) -> dict[str, Any]:
    """The members that stay as they are for as long as the rows do."""
    system, *data = target_sizes_gib(source, job)
    return {
        **{name: job.parameters[name] for name in COPIED if name in job.parameters},
        "BusinessStatus": job.business_status,
        "CreationTime": iso_seconds(job.created),
        "DataDisks": {
            "DataDisk": [
                {"Index": n, "Size": size, "Parts": {"Part": []}}
                for n, size in enumerate(data, start=1)
            ]
        },
        "Description": job.description,
        "EndTime": iso_seconds(job.ended) if job.ended else "",
        "ErrorCode": job.error_code,
        "ImageId": job.image_id,
        "JobId": job.job_id,
        "JobType": int(job.parameters.get("JobType", 0)),
        "Name": job.name,
        "NetMode": int(job.parameters.get("NetMode", 0)),
        "RegionId": job.region,
        "ReplicationJobRuns": {"ReplicationJobRun": job.runs},
        "RunOnce": True,
        "ScheduledStartTime": iso_seconds(job.scheduled) if job.scheduled else "",
        "SourceId": job.source_id,
        "StartTime": iso_seconds(job.started) if job.started else "",
        "Status": job.status,
        "StatusInfo": job.status_info
        and json.dumps({"error_code": job.error_code, "error_msg": job.status_info}),
        "SystemDiskSize": system,
        "Tags": {"Tag": [{"Key": k, "Value": v} for k, v in job.tags.items()]},
        "TargetType": job.target_type,
        "TransitionInstanceId": job.transition_instance_id,
        "ValidTime": iso_seconds(job.valid_until),
    }
