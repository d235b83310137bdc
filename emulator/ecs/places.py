"""Regions, zones and security groups.

Source: ECS 2014-05-26 API reference. The list of regions is a part of the real one.
"""

from emulator.ecs.listing import page
from emulator.ecs.tables import SecurityGroup
from emulator.service import ApiError, Call, Members, action

REGIONS = {
    "ap-northeast-1": "Japan (Tokyo)",
    "ap-southeast-1": "Singapore",
    "cn-beijing": "China (Beijing)",
    "cn-hangzhou": "China (Hangzhou)",
    "cn-shanghai": "China (Shanghai)",
    "cn-shenzhen": "China (Shenzhen)",
    "eu-central-1": "Germany (Frankfurt)",
    "us-east-1": "US (Virginia)",
    "us-west-1": "US (Silicon Valley)",
}


@action("ecs", "DescribeRegions")
def describe_regions(call: Call) -> Members:
    """The regions."""
    listed = [
        {
            "LocalName": name,
            "RegionEndpoint": f"ecs.{region}.aliyuncs.com",
            "RegionId": region,
        }
        for region, name in REGIONS.items()
    ]
    return {"Regions": {"Region": listed}}


@action("ecs", "DescribeZones")
def describe_zones(call: Call) -> Members:
    """Two zones in every region."""
    region = call.get("RegionId")
    if region not in REGIONS:
        raise ApiError("InvalidRegionId.NotFound", "The specified RegionId does not exist.", 404)
    zones = [{"LocalName": f"Zone {z.upper()}", "ZoneId": f"{region}-{z}"} for z in "ab"]
    return {"Zones": {"Zone": zones}}


@action("ecs", "DescribeSecurityGroups")
def describe_security_groups(call: Call) -> Members:
    """Security groups of a region."""
    found = [
        g
        for g in call.world.table(SecurityGroup).find(account_id=call.account_id)
        if g.region == call.get("RegionId")
    ]
    shown, described = page(call, found, 100, _members)
    return {
        "SecurityGroups": {"SecurityGroup": shown},
        "RegionId": call.get("RegionId"),
        **described,
    }


@action("ecs", "DescribeSecurityGroupAttribute")
def describe_security_group_attribute(call: Call) -> Members:
    """One security group; rules are not modelled."""
    group = call.world.table(SecurityGroup).get(call.get("SecurityGroupId", ""))
    if group is None or group.account_id != call.account_id:
        raise ApiError(
            "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.", 404
        )
    return {
        **_members(group),
        "InnerAccessPolicy": "Accept",
        "Permissions": {"Permission": []},
        "RegionId": group.region,
    }


def _members(group: SecurityGroup) -> Members:
    return {
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "SecurityGroupType": "normal",
        "VpcId": group.vpc_id,
    }
