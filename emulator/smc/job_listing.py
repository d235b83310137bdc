"""DescribeReplicationJobs.

Source: SMC 2019-06-01.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from emulator.ecs.tables import VSwitch
from emulator.service import Call, Members, action
from emulator.smc.listing import has_tags, page
from emulator.smc.phases import changes_at, progress_at
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.smc.target_disks import job_disks
from emulator.world import iso_seconds

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
)
"""Parameters that are shown as they were given."""


@action("smc", "DescribeReplicationJobs")
def describe_replication_jobs(call: Call) -> Members:
    """Jobs; filters are joined by AND."""
    given = {name: call.get(name) for name in EQUAL}
    equal = [(EQUAL[name], value) for name, value in given.items() if value not in {None, ""}]
    among = [(show, set(ids)) for name, show in AMONG.items() if (ids := call.get(name))]
    found = call.world.table(ReplicationJob).find(account_id=call.account_id)
    if among or equal or call.get("Tag"):
        found = [
            job
            for job in found
            if all(show(job) in ids for show, ids in among)
            and all(show(job) == value for show, value in equal)
            and has_tags(call, job.tags)
        ]
    shown, described = page(call, found, _show(call))
    return {"ReplicationJobs": {"ReplicationJob": shown}, **described}


def _job_type(job: ReplicationJob) -> int:
    return int(job.parameters.get("JobType", 0))


EQUAL: Mapping[str, Callable[[ReplicationJob], Any]] = {
    "Status": lambda job: job.status,
    "BusinessStatus": lambda job: job.business_status,
    "Name": lambda job: job.name,
    "RegionId": lambda job: job.region,
    "ResourceGroupId": lambda job: job.parameters.get("ResourceGroupId"),
    "JobType": _job_type,
}
"""Parameters that a job's own value must equal."""

AMONG: Mapping[str, Callable[[ReplicationJob], Any]] = {
    "JobId": lambda job: job.job_id,
    "SourceId": lambda job: job.source_id,
    "InstanceId": lambda job: job.parameters.get("InstanceId"),
}
"""Parameters with a list that a job's own value must be in."""


class _Shown:
    """A job as it was last shown, in JSON: of a row that stays, only the progress is another."""

    def __init__(self, job: ReplicationJob, lasting: dict[str, Any], now: datetime) -> None:
        self._job = job
        self._lasting = orjson.dumps(lasting)[:-1]
        self._take(now)

    def at(self, now: datetime) -> orjson.Fragment:
        """The job at this moment."""
        if not self._since <= now < self._until:
            self._take(now)
        return self._json

    def _take(self, now: datetime) -> None:
        progress = progress_at(now, self._job)
        self._since, self._until = now, changes_at(now, self._job)
        self._json = orjson.Fragment(b'%s,"Progress":%s}' % (self._lasting, orjson.dumps(progress)))


def _show(call: Call) -> Callable[[ReplicationJob], orjson.Fragment]:
    now = call.world.now
    jobs, sources = call.world.table(ReplicationJob), call.world.table(SourceServer)

    def show(job: ReplicationJob) -> orjson.Fragment:
        source = sources.get(job.source_id)
        shown = jobs.derived(
            job, source, lambda: _Shown(job, _lasting_members(call, job, source), now)
        )
        return shown.at(now)

    return show


def _lasting_members(
    call: Call, job: ReplicationJob, source: SourceServer | None
) -> dict[str, Any]:
    """The members that stay as they are for as long as the rows do; networks never change."""
    return {
        **{name: job.parameters[name] for name in COPIED if name in job.parameters},
        **(job_disks(source, job) if source else {}),
        "BusinessStatus": job.business_status,
        "CreationTime": iso_seconds(job.created),
        "Description": job.description,
        "EndTime": iso_seconds(job.ended) if job.ended else "",
        "ErrorCode": job.error_code,
        "ImageId": job.image_id,
        "JobId": job.job_id,
        "JobType": _job_type(job),
        "Name": job.name,
        "NetMode": int(job.parameters.get("NetMode", 0)),
        "RegionId": job.region,
        "ReplicationJobRuns": {"ReplicationJobRun": job.runs},
        "RunOnce": not job.is_incremental,
        "ScheduledStartTime": iso_seconds(job.scheduled) if job.scheduled else "",
        "SourceId": job.source_id,
        "StartTime": iso_seconds(job.started) if job.started else "",
        "Status": job.status,
        "StatusInfo": job.status_info
        and json.dumps({"error_code": job.error_code, "error_msg": job.status_info}),
        "Tags": {"Tag": [{"Key": k, "Value": v} for k, v in job.tags.items()]},
        "TargetType": job.target_type,
        "TransitionInstanceId": job.transition_instance_id,
        "ValidTime": iso_seconds(job.valid_until),
        "VpcId": _vpc_id(call, job),
        "WorkgroupId": source.workgroup_id if source else "",
    }


def _vpc_id(call: Call, job: ReplicationJob) -> str:
    """As given, or the one that the vSwitch is in."""
    vswitch = call.world.table(VSwitch).get(str(job.parameters.get("VSwitchId", "")))
    return vswitch.vpc_id if vswitch else str(job.parameters.get("VpcId", ""))
