"""VPCs, vSwitches and security groups: what a world file declares; nothing here changes them.

Source: ECS 2014-05-26 API reference.
"""

import ipaddress
from collections.abc import Iterator

from emulator.ecs.listing import (
    has_tags,
    is_given,
    json_ids,
    name_matches,
    page,
    refuse_dry_run,
    tag_members,
)
from emulator.ecs.places import check_region
from emulator.ecs.tables import Instance, SecurityGroup, Vpc, VSwitch
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds

LARGEST_NETWORK_PAGE = 50
LARGEST_GROUP_PAGE = 100
RESERVED_ADDRESSES = 4
"""The first and the last three of a vSwitch belong to the system."""


def find_vswitch(call: Call, vswitch_id: str) -> VSwitch:
    """A vSwitch of the caller's account.

    Raises:
        ApiError: `InvalidVSwitchId.NotFound`.
    """
    found = call.world.table(VSwitch).get(vswitch_id)
    if found is None or found.account_id != call.account_id:
        raise ApiError("InvalidVSwitchId.NotFound", "Specified virtual switch does not exist.", 404)
    return found


def find_security_group(call: Call, group_id: str) -> SecurityGroup:
    """A security group of the caller's account.

    Raises:
        ApiError: `InvalidSecurityGroupId.NotFound`.
    """
    found = call.world.table(SecurityGroup).get(group_id)
    if found is None or found.account_id != call.account_id:
        raise ApiError(
            "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.", 404
        )
    return found


def free_addresses(world: World, vswitch: VSwitch) -> Iterator[str]:
    """The private addresses of a vSwitch that no instance has, lowest first."""
    used = _used_addresses(world, vswitch)
    network = ipaddress.ip_network(vswitch.cidr)
    for number in range(1, 1 + _usable(vswitch)):
        address = str(network[number])
        if address not in used:
            yield address


def free_public_addresses(world: World) -> Iterator[str]:
    """Addresses of the block that is reserved for examples (RFC 5737, TEST-NET-2)."""
    used = {address for instance in world.table(Instance) for address in instance.public_ips}
    for last in range(1, 255):
        if (address := f"198.51.100.{last}") not in used:
            yield address


def _usable(vswitch: VSwitch) -> int:
    return max(ipaddress.ip_network(vswitch.cidr).num_addresses - RESERVED_ADDRESSES, 0)


def _used_addresses(world: World, vswitch: VSwitch) -> set[str]:
    return {
        address
        for instance in world.table(Instance).find(account_id=vswitch.account_id)
        if instance.vswitch_id == vswitch.vswitch_id
        for address in instance.private_ips
    }


@action("ecs", "DescribeVpcs")
def describe_vpcs(call: Call) -> Members:
    """VPCs of a region."""
    region = check_region(call)
    found = [
        v
        for v in call.world.table(Vpc).find(account_id=call.account_id, region=region)
        if is_given(call.get("VpcId"), v.vpc_id) and is_given(call.get("IsDefault"), v.is_default)
    ]
    shown, described = page(call, found, LARGEST_NETWORK_PAGE, lambda v: _vpc(call.world, v))
    described.pop("NextToken")
    return {"Vpcs": {"Vpc": shown}, **described}


@action("ecs", "DescribeVSwitches")
def describe_vswitches(call: Call) -> Members:
    """The vSwitches of a VPC, a zone, or a region."""
    vpcs = {v.vpc_id: v for v in call.world.table(Vpc).find(account_id=call.account_id)}
    found = [
        s
        for s in call.world.table(VSwitch).find(account_id=call.account_id)
        if is_given(call.get("RegionId"), vpcs[s.vpc_id].region)
        and is_given(call.get("VpcId"), s.vpc_id)
        and is_given(call.get("VSwitchId"), s.vswitch_id)
        and is_given(call.get("ZoneId"), s.zone)
        and is_given(call.get("IsDefault"), s.is_default)
    ]
    shown, described = page(call, found, LARGEST_NETWORK_PAGE, lambda s: _vswitch(call.world, s))
    described.pop("NextToken")
    return {"VSwitches": {"VSwitch": shown}, **described}


@action("ecs", "DescribeSecurityGroups")
def describe_security_groups(call: Call) -> Members:
    """Security groups of a region."""
    ids = json_ids(call, "SecurityGroupIds")
    region = call.get("RegionId")
    found = [
        g
        for g in call.world.table(SecurityGroup).find(account_id=call.account_id, region=region)
        if (ids is None or g.security_group_id in ids)
        and is_given(call.get("SecurityGroupId"), g.security_group_id)
        and is_given(call.get("VpcId"), g.vpc_id)
        and is_given(call.get("SecurityGroupType"), g.kind)
        and is_given(call.get("NetworkType"), "vpc")
        and name_matches(call.get("SecurityGroupName"), g.name)
        and has_tags(call, g.tags)
    ]
    refuse_dry_run(call)
    shown, described = page(call, found, LARGEST_GROUP_PAGE, _group)
    return {"SecurityGroups": {"SecurityGroup": shown}, "RegionId": region, **described}


@action("ecs", "DescribeSecurityGroupAttribute")
def describe_security_group_attribute(call: Call) -> Members:
    """One security group with its rules, by direction."""
    group = find_security_group(call, call.get("SecurityGroupId"))
    direction = call.get("Direction", "all")
    rules = [r for r in group.rules if direction in {"all", r["Direction"]}]
    shown, described = page(call, rules, 1000, lambda rule: rule, default=500, by_token=True)
    return {
        "Description": group.description,
        "InnerAccessPolicy": "Accept",
        "NextToken": described["NextToken"],
        "Permissions": {"Permission": shown},
        "RegionId": group.region,
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "VpcId": group.vpc_id,
    }


def _vpc(world: World, vpc: Vpc) -> Members:
    switches = world.table(VSwitch).find(vpc_id=vpc.vpc_id)
    return {
        "CidrBlock": vpc.cidr,
        "CreationTime": iso_seconds(vpc.created),
        "Description": "",
        "IsDefault": vpc.is_default,
        "RegionId": vpc.region,
        "Status": "Available",
        "UserCidrs": {"UserCidr": []},
        "VRouterId": "",
        "VSwitchIds": {"VSwitchId": [s.vswitch_id for s in switches]},
        "VpcId": vpc.vpc_id,
        "VpcName": vpc.name,
    }


def _vswitch(world: World, vswitch: VSwitch) -> Members:
    return {
        "AvailableIpAddressCount": _usable(vswitch) - len(_used_addresses(world, vswitch)),
        "CidrBlock": vswitch.cidr,
        "CreationTime": iso_seconds(vswitch.created),
        "Description": "",
        "IsDefault": vswitch.is_default,
        "Status": "Available",
        "VSwitchId": vswitch.vswitch_id,
        "VSwitchName": vswitch.name,
        "VpcId": vswitch.vpc_id,
        "ZoneId": vswitch.zone,
    }


def _group(group: SecurityGroup) -> Members:
    return {
        "CreationTime": iso_seconds(group.created),
        "Description": group.description,
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "SecurityGroupType": group.kind,
        "ServiceManaged": False,
        "Tags": tag_members(group.tags),
        "VpcId": group.vpc_id,
    }
