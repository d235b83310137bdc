"""ECS 2014-05-26: instances and disks."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smc.api._call import call, nothing
from smc.api._fields import needed, total_count, utc_time
from smc.api._paging import ECS_PAGE, all_pages, batches
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import Disk, Instance
from smc.retry import until_effective

if TYPE_CHECKING:
    from alibabacloud_ecs20140526 import models as ecs

LONGEST_DETACHING_SECONDS = 300.0
"""DetachDisk only begins: its page says that it takes about a minute."""

ASKED_ONE_BY_ONE = 20
"""Instances whose disks are asked for by as many calls; a region may have thousands of disks."""

DETACHED_BEFORE = frozenset({"IncorrectDiskStatus", "InvalidDisk.AlreadyDetached"})
"""Answers of DetachDisk where an earlier call, whose answer was lost, has begun it."""


def describe_instances(
    clients: Clients,
    region: str,
    instance_ids: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> list[Instance]:
    """Instances of a region by id (100 a call), by tag, or all."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    if instance_ids is not None:
        found: list[Instance] = []
        for batch in batches(instance_ids, ECS_PAGE):
            request = ecs.DescribeInstancesRequest(region_id=region, instance_ids=json.dumps(batch))
            found += _page(clients, region, request, 1)[0]
        return found
    wanted = [
        ecs.DescribeInstancesRequestTag(key=key, value=value) for key, value in (tags or {}).items()
    ]
    request = ecs.DescribeInstancesRequest(region_id=region, tag=wanted or None)
    return all_pages(lambda number: _page(clients, region, request, number), ECS_PAGE)


def _page(
    clients: Clients, region: str, request: "ecs.DescribeInstancesRequest", number: int
) -> tuple[list[Instance], int]:
    request.page_number = number
    request.page_size = ECS_PAGE
    method = clients.ecs(region).describe_instances
    return call(clients, "ecs:DescribeInstances", method, request, _instances)


def _instances(body: Any) -> tuple[list[Instance], int]:
    listed = body.instances.instance if body.instances else None
    return [_instance(i) for i in listed or []], total_count(body)


def delete_instance(clients: Clients, region: str, instance_id: str) -> None:
    """Release a pay-as-you-go instance, running or not; one that is gone already is fine."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DeleteInstanceRequest(instance_id=instance_id, force=True)
    try:
        call(clients, "ecs:DeleteInstance", clients.ecs(region).delete_instance, request, nothing)
    except ApiError as error:
        if error.code != "InvalidInstanceId.NotFound":
            raise


def describe_disks(clients: Clients, region: str, instance_id: str) -> list[Disk]:
    """The disks attached to an instance."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    return _disks(
        clients, region, ecs.DescribeDisksRequest(region_id=region, instance_id=instance_id)
    )


def attached_disks(
    clients: Clients, region: str, instance_ids: Collection[str]
) -> dict[str, list[Disk]]:
    """The disks attached to each of many instances, one by one for a few, else all of the region.

    DescribeDisks takes one instance a call, or lists 100 disks.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    if len(instance_ids) <= ASKED_ONE_BY_ONE:
        return {each: describe_disks(clients, region, each) for each in instance_ids}
    found: dict[str, list[Disk]] = {each: [] for each in instance_ids}
    for disk in _disks(clients, region, ecs.DescribeDisksRequest(region_id=region)):
        if disk.instance_id in found:
            found[disk.instance_id].append(disk)
    return found


def disks_named(clients: Clients, region: str, name: str) -> list[Disk]:
    """The disks of a region with exactly this name, attached or not."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DescribeDisksRequest(region_id=region, disk_name=name)
    # The API takes the name for a pattern.
    return [disk for disk in _disks(clients, region, request) if disk.name == name]


def _disks(clients: Clients, region: str, request: "ecs.DescribeDisksRequest") -> list[Disk]:
    def page(number: int) -> tuple[list[Disk], int]:
        request.page_number = number
        request.page_size = ECS_PAGE
        method = clients.ecs(region).describe_disks
        return call(clients, "ecs:DescribeDisks", method, request, _listed_disks)

    return all_pages(page, ECS_PAGE)


def _listed_disks(body: Any) -> tuple[list[Disk], int]:
    listed = body.disks.disk if body.disks else None
    return [_disk(d) for d in listed or []], total_count(body)


def release_disk(clients: Clients, region: str, disk: Disk) -> None:
    """Detach a data disk and delete it as soon as it is detached; one that is gone is fine."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    client = clients.ecs(region)
    delete = ecs.DeleteDiskRequest(disk_id=disk.disk_id)
    try:
        if disk.instance_id:
            _detach(clients, region, disk)
        until_effective(
            lambda: call(clients, "ecs:DeleteDisk", client.delete_disk, delete, nothing),
            clients.clock,
            lambda error: error.code == "IncorrectDiskStatus",
            LONGEST_DETACHING_SECONDS,
        )
    except ApiError as error:
        if error.code != "InvalidDiskId.NotFound":
            raise


def _detach(clients: Clients, region: str, disk: Disk) -> None:
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DetachDiskRequest(disk_id=disk.disk_id, instance_id=disk.instance_id)
    try:
        call(clients, "ecs:DetachDisk", clients.ecs(region).detach_disk, request, nothing)
    except ApiError as error:
        if error.code not in DETACHED_BEFORE:
            raise


def _instance(given: Any) -> Instance:
    vpc = given.vpc_attributes
    private = (vpc.private_ip_address.ip_address if vpc and vpc.private_ip_address else None) or (
        given.inner_ip_address.ip_address if given.inner_ip_address else None
    )
    public = list(given.public_ip_address.ip_address or []) if given.public_ip_address else []
    if given.eip_address and given.eip_address.ip_address:
        public.append(given.eip_address.ip_address)
    tags = given.tags.tag if given.tags else None
    return Instance(
        instance_id=needed(given.instance_id, "InstanceId"),
        name=given.instance_name or "",
        status=given.status or "",
        os_type=(given.ostype or "").lower(),
        os_name=given.osname or "",
        host_name=given.host_name or "",
        created=utc_time(given.creation_time),
        private_ips=tuple(private or ()),
        public_ips=tuple(public),
        tags={tag.tag_key: tag.tag_value or "" for tag in tags or []},
    )


def _disk(given: Any) -> Disk:
    tags = given.tags.tag if given.tags else None
    return Disk(
        disk_id=needed(given.disk_id, "DiskId"),
        name=given.disk_name or "",
        size_gib=int(given.size or 0),
        type=given.type or "",
        status=given.status or "",
        instance_id=given.instance_id or "",
        created=utc_time(given.creation_time),
        tags={tag.tag_key: tag.tag_value or "" for tag in tags or []},
    )
