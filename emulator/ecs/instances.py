"""Instances.

Source: ECS 2014-05-26 API reference.
"""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from emulator.ecs.disks import delete_disk_row
from emulator.ecs.listing import has_tags, json_ids, page, tag_members
from emulator.ecs.tables import Disk, Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_minutes

LARGEST_PAGE = 100


def find_instance(call: Call, instance_id: str) -> Instance:
    """An instance of the caller's account.

    Raises:
        ApiError: `InvalidInstanceId.NotFound`.
    """
    instance = call.world.table(Instance).get(instance_id)
    if instance is None or instance.account_id != call.account_id:
        raise ApiError(
            "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.", 404
        )
    return instance


@action("ecs", "DescribeInstances")
def describe_instances(call: Call) -> Members:
    """Instances of a region."""
    ids = json_ids(call, "InstanceIds", LARGEST_PAGE)
    private = json_ids(call, "PrivateIpAddresses", LARGEST_PAGE)
    public = json_ids(call, "PublicIpAddresses", LARGEST_PAGE)
    found = [
        i
        for i in call.world.table(Instance).find(account_id=call.account_id)
        if i.region == call.get("RegionId")
        and (ids is None or i.instance_id in ids)
        and (private is None or private & set(i.private_ips))
        and (public is None or public & set(i.public_ips))
        and fnmatchcase(i.name, call.get("InstanceName") or "*")
        and call.get("Status") in {None, i.status}
        and has_tags(call, i.tags)
    ]
    shown, described = page(call, found, LARGEST_PAGE, _members)
    return {"Instances": {"Instance": shown}, **described}


@action("ecs", "DescribeInstanceStatus")
def describe_instance_status(call: Call) -> Members:
    """Ids and statuses."""
    wanted = set(call.get("InstanceId") or [])
    found = [
        i
        for i in call.world.table(Instance).find(account_id=call.account_id)
        if i.region == call.get("RegionId") and (not wanted or i.instance_id in wanted)
    ]
    shown, described = page(
        call, found, 50, lambda i: {"InstanceId": i.instance_id, "Status": i.status}
    )
    return {"InstanceStatuses": {"InstanceStatus": shown}, **described}


@action("ecs", "StartInstance")
def start_instance(call: Call) -> Members:
    """Start a stopped instance; at once, for boot time is not modelled."""
    instance = find_instance(call, call.get("InstanceId"))
    _must_be(instance, "Stopped")
    call.world.table(Instance).put(replace(instance, status="Running"))
    return {}


@action("ecs", "StopInstance")
def stop_instance(call: Call) -> Members:
    """Stop a running instance; at once."""
    instance = find_instance(call, call.get("InstanceId"))
    _must_be(instance, "Running")
    call.world.table(Instance).put(replace(instance, status="Stopped"))
    return {}


@action("ecs", "DeleteInstance")
def delete_instance(call: Call) -> Members:
    """Release an instance with the disks that go with it; a running one only by force."""
    instance = find_instance(call, call.get("InstanceId"))
    if instance.status != "Stopped" and not call.get("Force"):
        _must_be(instance, "Stopped")
    release_instance(call.world, instance.instance_id)
    return {}


def release_instance(world: World, instance_id: str) -> None:
    """Remove an instance and its disks; fine if it is gone."""
    if world.table(Instance).get(instance_id) is None:
        return
    for disk in world.table(Disk).find(instance_id=instance_id):
        if disk.delete_with_instance:
            delete_disk_row(world, disk)
        else:
            world.table(Disk).put(replace(disk, instance_id="", device=""))
    world.table(Instance).delete(instance_id)


def _must_be(instance: Instance, status: str) -> None:
    if instance.status != status:
        raise ApiError(
            "IncorrectInstanceStatus",
            "The current status of the resource does not support this operation.",
            403,
        )


def _members(instance: Instance) -> dict[str, Any]:
    return {
        "CreationTime": iso_minutes(instance.created),
        "EipAddress": {"IpAddress": "", "AllocationId": "", "InternetChargeType": ""},
        "HostName": instance.host_name,
        "ImageId": instance.image_id,
        "InnerIpAddress": {"IpAddress": []},
        "InstanceChargeType": "PostPaid",
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "InstanceNetworkType": "vpc",
        "InstanceType": instance.instance_type,
        "OSName": instance.os_name,
        "OSType": instance.os_type,
        "PublicIpAddress": {"IpAddress": instance.public_ips},
        "RegionId": instance.region,
        "SecurityGroupIds": {"SecurityGroupId": instance.security_group_ids},
        "Status": instance.status,
        "Tags": tag_members(instance.tags),
        "VpcAttributes": {
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": instance.private_ips},
            "VSwitchId": instance.vswitch_id,
            "VpcId": instance.vpc_id,
        },
        "ZoneId": instance.zone,
    }
