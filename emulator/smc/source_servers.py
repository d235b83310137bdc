"""Source servers.

Source: SMC 2019-06-01, DescribeSourceServers, ModifySourceServerAttribute, DeleteSourceServer.
"""

import json
from dataclasses import replace
from typing import Any

from emulator.service import ApiError, Call, Members, action
from emulator.smc import lifecycle
from emulator.smc.listing import has_tags, ids_of, page
from emulator.smc.names import check_name
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.world import iso_seconds


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
    """Source servers; filters are joined by AND."""
    ids = ids_of(call, "SourceId")
    jobs = ids_of(call, "JobId")
    found = [
        s
        for s in call.world.table(SourceServer).find(account_id=call.account_id)
        if (not ids or s.source_id in ids)
        and call.get("State") in {None, "", s.state}
        and call.get("Name") in {None, "", s.name}
        and (not jobs or _current_job(call, s) in jobs)
        and has_tags(call, s.tags)
    ]
    shown, described = page(call, found, lambda s: _members(call, s))
    return {"SourceServers": {"SourceServer": shown}, **described}


@action("smc", "ModifySourceServerAttribute")
def modify_source_server_attribute(call: Call) -> Members:
    """Name and describe; names are unique in the account."""
    source = find_source(call)
    name = call.get("Name") or source.name
    if name != source.name:
        check_name(name, "Name")
        if call.world.table(SourceServer).find(account_id=call.account_id, name=name):
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
    jobs = call.world.table(ReplicationJob).find(source_id=source.source_id)
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


def _current_job(call: Call, source: SourceServer) -> str:
    jobs = call.world.table(ReplicationJob).find(source_id=source.source_id)
    return jobs[-1].job_id if jobs else ""


def _members(call: Call, source: SourceServer) -> dict[str, Any]:
    status = (
        {"error_code": source.error_code, "error_msg": source.error_message}
        if source.error_code
        else {}
    )
    system, *data = source.disk_sizes_gib
    return {
        "AgentVersion": source.agent_version,
        "Architecture": "x86_64",
        "CreationTime": iso_seconds(source.created),
        "DataDisks": {
            "DataDisk": [
                {"Index": index, "Size": size, "Path": f"/data{index}", "Parts": {"Part": []}}
                for index, size in enumerate(data, start=1)
            ]
        },
        "Description": source.description,
        "ErrorCode": source.error_code,
        "HeartbeatRate": 30,
        "JobId": _current_job(call, source),
        "KernelLevel": 1,
        "Name": source.name,
        "Platform": source.platform,
        "ReplicationDriver": "SMT",
        "SourceId": source.source_id,
        "State": source.state,
        "StatusInfo": json.dumps(status),
        "SystemDiskParts": {
            "SystemDiskPart": [
                {
                    "CanBlock": True,
                    "Device": "0_0",
                    "Need": True,
                    "Path": "/",
                    "SizeBytes": system * 1024**3,
                }
            ]
        },
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
    }
