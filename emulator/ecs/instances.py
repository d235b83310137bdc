"""What instances are there, and how they are.

Source: ECS 2014-05-26 API reference.
"""

from typing import Any

from emulator.ecs.listing import (
    created_within,
    has_tags,
    is_given,
    json_ids,
    name_matches,
    page,
    refuse_dry_run,
    tag_members,
)
from emulator.ecs.places import INSTANCE_TYPES
from emulator.ecs.tables import Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_minutes

LARGEST_PAGE = 100
LARGEST_STATUS_PAGE = 50


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
    """Instances of a region.

    Not modelled: classic networks, elastic addresses, locks, key pairs, resource groups, and
    filters by them.
    """
    ids = json_ids(call, "InstanceIds")
    private = json_ids(call, "PrivateIpAddresses")
    public = json_ids(call, "PublicIpAddresses")
    in_time = created_within(call)
    found = [
        i
        for i in call.world.table(Instance).find(account_id=call.account_id)
        if i.region == call.get("RegionId")
        and (ids is None or i.instance_id in ids)
        and (private is None or private & set(i.private_ips))
        and (public is None or public & set(i.public_ips))
        and is_given(call.get("Status"), i.status)
        and is_given(call.get("InstanceNetworkType"), "vpc")
        and is_given(call.get("InstanceChargeType"), "PostPaid")
        and is_given(call.get("ZoneId"), i.zone)
        and is_given(call.get("VpcId"), i.vpc_id)
        and is_given(call.get("VSwitchId"), i.vswitch_id)
        and is_given(call.get("ImageId"), i.image_id)
        and is_given(call.get("InstanceType"), i.instance_type)
        and is_given(call.get("InstanceTypeFamily"), i.instance_type.rsplit(".", 1)[0])
        and call.get("SecurityGroupId") in {None, "", *i.security_group_ids}
        and name_matches(call.get("InstanceName"), i.name)
        and in_time(i.created)
        and has_tags(call, i.tags)
    ]
    refuse_dry_run(call)
    shown, described = page(call, found, LARGEST_PAGE, _members, least_by_token=10)
    return {"Instances": {"Instance": shown}, **described}


@action("ecs", "DescribeInstanceStatus")
def describe_instance_status(call: Call) -> Members:
    """Ids and statuses."""
    wanted = set(call.get("InstanceId") or [])
    found = [
        i
        for i in call.world.table(Instance).find(account_id=call.account_id)
        if i.region == call.get("RegionId")
        and (not wanted or i.instance_id in wanted)
        and is_given(call.get("ZoneId"), i.zone)
    ]
    shown, described = page(
        call,
        found,
        LARGEST_STATUS_PAGE,
        lambda i: {"InstanceId": i.instance_id, "Status": i.status},
    )
    described.pop("NextToken")
    return {"InstanceStatuses": {"InstanceStatus": shown}, **described}


@action("ecs", "DescribeInstanceAttribute")
def describe_instance_attribute(call: Call) -> Members:
    """One instance."""
    instance = find_instance(call, call.get("InstanceId"))
    return {**_common(instance), "CreditSpecification": "", "VlanId": ""}


def _common(instance: Instance) -> dict[str, Any]:
    known = INSTANCE_TYPES.get(instance.instance_type)
    size = {"Cpu": known.cpus, "Memory": int(known.memory_gib * 1024)} if known else {}
    return size | {
        "CreationTime": iso_minutes(instance.created),
        "Description": instance.description,
        "EipAddress": {"IpAddress": "", "AllocationId": "", "InternetChargeType": ""},
        "ExpiredTime": "2099-12-31T15:59Z",
        "HostName": instance.host_name,
        "ImageId": instance.image_id,
        "InnerIpAddress": {"IpAddress": []},
        "InstanceChargeType": "PostPaid",
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "InstanceNetworkType": "vpc",
        "InstanceType": instance.instance_type,
        "InternetChargeType": "PayByTraffic",
        "InternetMaxBandwidthOut": instance.bandwidth_out_mbit,
        "OperationLocks": {"LockReason": []},
        "PublicIpAddress": {"IpAddress": instance.public_ips},
        "RegionId": instance.region,
        "SecurityGroupIds": {"SecurityGroupId": instance.security_group_ids},
        "SerialNumber": instance.instance_id,
        "Status": instance.status,
        "StoppedMode": instance.stopped_mode if instance.status == "Stopped" else "Not-applicable",
        "VpcAttributes": {
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": instance.private_ips},
            "VSwitchId": instance.vswitch_id,
            "VpcId": instance.vpc_id,
        },
        "ZoneId": instance.zone,
    }


def _members(instance: Instance) -> dict[str, Any]:
    return _common(instance) | {
        "AutoReleaseTime": iso_minutes(instance.auto_release) if instance.auto_release else "",
        "DeletionProtection": instance.deletion_protection,
        "InstanceTypeFamily": instance.instance_type.rsplit(".", 1)[0],
        "IoOptimized": True,
        "OSName": instance.os_name,
        "OSNameEn": instance.os_name,
        "OSType": instance.os_type,
        "SpotStrategy": "NoSpot",
        "StartTime": iso_minutes(instance.started) if instance.started else "",
        "Tags": tag_members(instance.tags),
    }
