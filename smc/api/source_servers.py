"""SMC 2019-06-01: source servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from alibabacloud_smc20190601 import models as sdk

from smc.api._call import call, nothing
from smc.api._fields import json_object, needed, total_count
from smc.api._paging import SMC_PAGE, all_pages, batches
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import SourceDisk, SourcePartition, SourceServer


def describe_source_servers(
    clients: Clients,
    source_ids: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> list[SourceServer]:
    """Source servers by id (50 a call), by tag, or all of the account."""
    if source_ids is not None:
        found: list[SourceServer] = []
        for batch in batches(source_ids, SMC_PAGE):
            found += _page(clients, sdk.DescribeSourceServersRequest(source_id=batch), 1)[0]
        return found
    wanted = [
        sdk.DescribeSourceServersRequestTag(key=key, value=value)
        for key, value in (tags or {}).items()
    ]
    request = sdk.DescribeSourceServersRequest(tag=wanted or None)
    return all_pages(lambda number: _page(clients, request, number), SMC_PAGE)


def _page(
    clients: Clients, request: sdk.DescribeSourceServersRequest, number: int
) -> tuple[list[SourceServer], int]:
    request.page_number = number
    request.page_size = SMC_PAGE
    method = clients.smc().describe_source_servers
    return call(clients, "smc:DescribeSourceServers", method, request, _source_servers)


def _source_servers(body: Any) -> tuple[list[SourceServer], int]:
    listed = body.source_servers.source_server if body.source_servers else None
    return [_source_server(s) for s in listed or []], total_count(body)


def modify_source_server(
    clients: Clients, source_id: str, name: str, description: str | None = None
) -> None:
    """Name and describe a source server.

    Raises:
        ApiError: `SourceServerName.Duplicate` when another source has the name.
    """
    request = sdk.ModifySourceServerAttributeRequest(
        source_id=source_id, name=name, description=description
    )
    method = clients.smc().modify_source_server_attribute
    call(clients, "smc:ModifySourceServerAttribute", method, request, nothing)


def delete_source_server(clients: Clients, source_id: str) -> None:
    """Delete a source server; one that is gone already is fine.

    Raises:
        ApiError: `SourceServer.WithRunningReplicationJob`, `ReplicationJob.Related`.
    """
    request = sdk.DeleteSourceServerRequest(source_id=source_id)
    method = clients.smc().delete_source_server
    try:
        call(clients, "smc:DeleteSourceServer", method, request, nothing)
    except ApiError:
        # The code for one that is gone is not documented.
        if describe_source_servers(clients, [source_id]):
            raise


def _source_server(given: Any) -> SourceServer:
    system = json_object(given.system_info)
    status = json_object(given.status_info)
    error = ": ".join(
        part
        for part in (
            given.error_code or str(status.get("error_code", "")),
            str(status.get("error_msg", "")),
        )
        if part
    )
    return SourceServer(
        source_id=needed(given.source_id, "SourceId"),
        name=given.name or "",
        description=given.description or "",
        state=given.state or "",
        agent_version=given.agent_version or "",
        platform=given.platform or "",
        hostname=str(system.get("hostname", "")),
        ipv4=str(system.get("ipv4", "")),
        disks=_disks(given),
        error=error,
        tags=_tags(given),
    )


def _disks(given: Any) -> tuple[SourceDisk, ...]:
    system_parts = given.system_disk_parts.system_disk_part if given.system_disk_parts else None
    data = given.data_disks.data_disk if given.data_disks else None
    system = SourceDisk(
        index=0, size_gib=int(given.system_disk_size or 0), partitions=_partitions(system_parts)
    )
    return (
        system,
        *(
            SourceDisk(
                index=int(disk.index or number),
                size_gib=int(disk.size or 0),
                partitions=_partitions(disk.parts.part if disk.parts else None),
            )
            for number, disk in enumerate(data or [], start=1)
        ),
    )


def _partitions(given: Any) -> tuple[SourcePartition, ...]:
    return tuple(
        SourcePartition(
            path=part.path or "",
            device=part.device or "",
            size_bytes=int(part.size_bytes or 0),
            can_block=bool(part.can_block),
            needed=bool(part.need),
        )
        for part in given or []
    )


def _tags(given: Any) -> dict[str, str]:
    listed = given.tags.tag if given.tags else None
    return {tag.key: tag.value or "" for tag in listed or []}
