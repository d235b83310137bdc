"""Source servers.

Source: SMC 2019-06-01, DescribeSourceServers, ModifySourceServerAttribute, DeleteSourceServer.
"""

import json
from dataclasses import replace
from typing import Any

from emulator.service import ApiError, Call, Members, action
from emulator.smc import lifecycle
from emulator.smc.listing import has_tags, page
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.smc.target_disks import Partition, partitions
from emulator.world import iso_seconds

FIRST_PARTITION_OFFSET = 1024**2
"""Bytes before the first partition of a disk."""


def find_source(call: Call) -> SourceServer:
    """The source server named by the call.

    Raises:
        ApiError: `SourceServer.NotFound` (its code is not documented).
    """
    source = call.world.table(SourceServer).get(call.get("SourceId", ""))
    if source is None or source.account_id != call.account_id:
        raise ApiError(
            "SourceServer.NotFound",
            f"The source server {call.get('SourceId')} does not exist.",
            404,
        )
    return source


@action("smc", "DescribeSourceServers")
def describe_source_servers(call: Call) -> Members:
    """Source servers; filters are joined by AND.

    Not modelled: resource groups; partitions as they are: each disk shows one.
    """
    ids, types = call.get("SourceId"), call.get("RelatedJobType")
    found = [
        s
        for s in call.world.table(SourceServer).find(account_id=call.account_id)
        if (not ids or s.source_id in ids)
        and call.get("State") in {None, "", s.state}
        and call.get("Name") in {None, "", s.name}
        and call.get("WorkgroupId") in {None, "", s.workgroup_id}
        and call.get("JobId") in {None, "", *(job.job_id for job in _jobs(call, s))}
        and (not types or any(_job_type(job) in types for job in _jobs(call, s)))
        and has_tags(call, s.tags)
    ]
    shown, described = page(call, found, lambda s: _members(call, s))
    return {"SourceServers": {"SourceServer": shown}, **described}


@action("smc", "ModifySourceServerAttribute")
def modify_source_server_attribute(call: Call) -> Members:
    """Name and describe; names are unique in the account."""
    source = find_source(call)
    name = call.get("Name") or source.name
    taken = call.world.table(SourceServer).find(account_id=call.account_id, name=name)
    if name != source.name and taken:
        raise ApiError(
            "SourceServerName.Duplicate", "The specified source server name already exists."
        )
    description = call.get("Description", source.description)
    call.world.table(SourceServer).put(replace(source, name=name, description=description))
    return {}


@action("smc", "DeleteSourceServer")
def delete_source_server(call: Call) -> Members:
    """Delete a source; with Force its jobs go with it."""
    source = find_source(call)
    jobs = _jobs(call, source)
    if any(job.status == "Running" for job in jobs):
        raise ApiError(
            "SourceServer.WithRunningReplicationJob",
            "The specified source server has a running replication job.",
        )
    if jobs and not call.get("Force"):
        raise ApiError(
            "ReplicationJob.Related",
            "The specified source server has related replication jobs.",
        )
    for job in jobs:
        lifecycle.remove(call.world, job)
    call.world.table(SourceServer).delete(source.source_id)
    return {}


def _jobs(call: Call, source: SourceServer) -> list[ReplicationJob]:
    return call.world.table(ReplicationJob).find(source_id=source.source_id)


def _job_type(job: ReplicationJob) -> str:
    return str(job.parameters.get("JobType", 0))


def _members(call: Call, source: SourceServer) -> dict[str, Any]:
    status = (
        {"error_code": source.error_code, "error_msg": source.error_message}
        if source.error_code
        else {}
    )
    system, *data = source.disk_sizes_gib
    of_system, *of_data = partitions(source)
    jobs = _jobs(call, source)
    return {
        "AgentVersion": source.agent_version,
        "Architecture": "x86_64",
        "CreationTime": iso_seconds(source.created),
        "DataDisks": {
            "DataDisk": [
                {"Index": n, "Size": size, "Path": part.path, "Parts": {"Part": [_old_form(part)]}}
                for n, (size, part) in enumerate(zip(data, of_data, strict=True), start=1)
            ]
        },
        "Disks": {
            "System": _new_form(system, of_system),
            "Data": {
                "Data": [_new_form(size, part) for size, part in zip(data, of_data, strict=True)]
            },
        },
        "Description": source.description,
        "ErrorCode": source.error_code,
        "HeartbeatRate": 30,
        "JobId": jobs[-1].job_id if jobs else "",
        "KernelLevel": 1,
        "Name": source.name,
        "Platform": source.platform,
        "ReplicationDriver": "SMT",
        "SourceId": source.source_id,
        "State": source.state,
        "StatusInfo": json.dumps(status),
        "SystemDiskParts": {"SystemDiskPart": [_old_form(of_system)]},
        "SystemDiskSize": system,
        "SystemInfo": json.dumps(
            {
                "agent_mode": "daemon",
                "agent_type": "aliyun",
                "client_type": "",
                "hostname": source.hostname,
                "ipv4": source.ipv4,
            }
        ),
        "Tags": {"Tag": [{"Key": k, "Value": v} for k, v in source.tags.items()]},
        "WorkgroupId": source.workgroup_id,
    }


def _old_form(part: Partition) -> dict[str, Any]:
    return {
        "CanBlock": True,
        "Device": part.device,
        "Need": True,
        "Path": part.path,
        "SizeBytes": part.size_bytes,
    }


def _new_form(size_gib: int, part: Partition) -> dict[str, Any]:
    shown = {
        "CanBlock": True,
        "Path": part.path,
        "SizeBytes": part.size_bytes,
        "Type": "System" if part.device == "0_0" else "Normal",
    }
    return {"Offset": FIRST_PARTITION_OFFSET, "Parts": {"Part": [shown]}, "Size": size_gib}
