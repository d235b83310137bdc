"""Describe actions: filters, pages and dry runs, through the official SDK's own models."""

import json
from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal

INSTANCES = ["i-web", "i-stopped", "i-protected", "i-windows", "i-deaf"]


def instances(cloud: Cloud, **filters: Any) -> list[str]:
    request = sdk.DescribeInstancesRequest(region_id=REGION, **filters)
    body = client(cloud).describe_instances(request).body
    return [found.instance_id for found in body.instances.instance]


def disks(cloud: Cloud, **filters: Any) -> list[str]:
    request = sdk.DescribeDisksRequest(region_id=REGION, **filters)
    return [found.disk_id for found in client(cloud).describe_disks(request).body.disks.disk]


def snapshots(cloud: Cloud, **filters: Any) -> list[str]:
    request = sdk.DescribeSnapshotsRequest(region_id=REGION, **filters)
    body = client(cloud).describe_snapshots(request).body
    return [found.snapshot_id for found in body.snapshots.snapshot]


def images(cloud: Cloud, **filters: Any) -> list[str]:
    request = sdk.DescribeImagesRequest(region_id=REGION, **filters)
    return [found.image_id for found in client(cloud).describe_images(request).body.images.image]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, INSTANCES),
        ({"instance_ids": json.dumps(["i-web", "i-none"])}, ["i-web"]),
        ({"instance_name": "*o*"}, ["i-stopped", "i-protected", "i-windows"]),
        ({"instance_name": "[w]eb"}, []),
        ({"status": "Stopped"}, ["i-stopped", "i-protected"]),
        ({"v_switch_id": "vsw-b"}, ["i-protected"]),
        ({"zone_id": "cn-hangzhou-b"}, ["i-protected"]),
        ({"vpc_id": "vpc-other"}, []),
        ({"security_group_id": "sg-main", "status": "Stopped"}, ["i-stopped", "i-protected"]),
        ({"private_ip_addresses": json.dumps(["10.0.1.12"])}, ["i-windows"]),
        ({"public_ip_addresses": json.dumps(["203.0.113.5"])}, ["i-web"]),
        ({"instance_type_family": "ecs.r7"}, []),
        ({"instance_charge_type": "PrePaid"}, []),
        ({"tag": [sdk.DescribeInstancesRequestTag(key="tier")]}, ["i-web", "i-stopped"]),
        ({"tag": [sdk.DescribeInstancesRequestTag(key="tier", value="back")]}, ["i-stopped"]),
    ],
)
def test_filters_of_instances(ecs_cloud: Cloud, filters: dict[str, Any], found: list[str]) -> None:
    assert instances(ecs_cloud, **filters) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"disk_ids": json.dumps(["d-data"])}, ["d-data"]),
        ({"instance_id": "i-web", "disk_type": "data"}, ["d-data"]),
        ({"status": "Available"}, ["d-spare", "d-far"]),
        ({"disk_name": "st*"}, ["d-data", "d-stopped"]),
        ({"delete_with_instance": False}, ["d-data"]),
        ({"category": "cloud_ssd"}, []),
        ({"zone_id": "cn-hangzhou-b", "status": "Available"}, ["d-far"]),
    ],
)
def test_filters_of_disks(ecs_cloud: Cloud, filters: dict[str, Any], found: list[str]) -> None:
    assert disks(ecs_cloud, **filters) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["m-mine", "m-of-snapshot", "m-public"]),
        ({"status": "Creating,Available"}, ["m-mine", "m-creating", "m-of-snapshot", "m-public"]),
        ({"image_id": "m-mine,m-public"}, ["m-mine", "m-public"]),
        ({"image_owner_alias": "system"}, ["m-public"]),
        ({"image_owner_alias": "self", "image_name": "m*"}, ["m-mine"]),
        ({"snapshot_id": "s-old"}, ["m-of-snapshot"]),
        ({"usage": "instance"}, []),
        ({"ostype": "windows"}, []),
    ],
)
def test_filters_of_images(ecs_cloud: Cloud, filters: dict[str, Any], found: list[str]) -> None:
    assert images(ecs_cloud, **filters) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"disk_id": "d-system"}, ["s-old"]),
        ({"instance_id": "i-stopped"}, []),
        ({"usage": "image"}, ["s-old"]),
        ({"usage": "none"}, []),
        ({"snapshot_type": "auto"}, []),
        ({"status": "accomplished", "source_disk_type": "System"}, ["s-old"]),
        ({"snapshot_ids": json.dumps(["s-old"])}, ["s-old"]),
    ],
)
def test_filters_of_snapshots(ecs_cloud: Cloud, filters: dict[str, Any], found: list[str]) -> None:
    assert snapshots(ecs_cloud, **filters) == found


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("DescribeInstances", {"status": "Broken"}, "InvalidStatus.NotFound"),
        ("DescribeInstances", {"instance_network_type": "lan"}, "InvalidNetworkType.NotFound"),
        ("DescribeInstances", {"next_token": "guess"}, "InvalidParameter.NextToken"),
        ("DescribeInstances", {"instance_ids": "i-web"}, "InvalidInstanceIds.Malformed"),
        (
            "DescribeDisks",
            {"disk_ids": json.dumps([f"d-{n}" for n in range(101)])},
            "InvalidDiskIds.Malformed",
        ),
        ("DescribeDisks", {"status": "Lost"}, "InvalidStatus.ValueNotSupported"),
        ("DescribeDisks", {"disk_type": "tape"}, "InvalidDiskType.ValueNotSupported"),
        ("DescribeSnapshots", {"usage": "tape"}, "InvalidUsage"),
        ("DescribeSnapshots", {"status": "lost"}, "InvalidStatus.NotFound"),
        ("DescribeSnapshots", {"source_disk_type": "tape"}, "InvalidSourceDiskType"),
        ("DescribeImages", {"usage": "tape"}, "InvalidUsage"),
        ("DescribeImages", {"image_owner_alias": "me"}, "InvalidImageOwnerAlias.ValueNotSupported"),
        (
            "DescribeSecurityGroups",
            {"security_group_type": "odd"},
            "InvalidParameter.SecurityGroupType",
        ),
        ("DescribeInstances", {"dry_run": True}, "DryRunOperation"),
        ("DescribeDisks", {"dry_run": True}, "DryRunOperation"),
        ("DescribeSnapshots", {"dry_run": True}, "DryRunOperation"),
        ("DescribeImages", {"dry_run": True}, "DryRunOperation"),
        ("DescribeSecurityGroups", {"dry_run": True}, "DryRunOperation"),
    ],
)
def test_listings_refuse_what_they_do_not_know(
    ecs_cloud: Cloud, action: str, parameters: dict[str, Any], code: str
) -> None:
    request = getattr(sdk, f"{action}Request")(region_id=REGION, **parameters)
    method = "describe_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in action[8:])[1:]
    assert refusal(getattr(client(ecs_cloud), method), request) == code


def test_pages_by_number(ecs_cloud: Cloud) -> None:
    pages = [instances(ecs_cloud, page_size=2, page_number=number) for number in (1, 2, 3, 4)]
    assert pages == [INSTANCES[:2], INSTANCES[2:4], INSTANCES[4:], []]


def test_pages_by_token(ecs_cloud: Cloud) -> None:
    seen: list[str] = []
    lengths, token = [], None
    while token != "":
        request = sdk.DescribeInstanceTypesRequest(max_results=6, next_token=token)
        body = client(ecs_cloud).describe_instance_types(request).body
        seen += [found.instance_type_id for found in body.instance_types.instance_type]
        lengths.append(len(body.instance_types.instance_type))
        token = body.next_token
    assert lengths == [6, 6, 2]
    assert len(set(seen)) == len(seen)
    # Documented for instances and disks: a MaxResults below 10 counts as 10.
    assert instances(ecs_cloud, max_results=2) == INSTANCES


def test_what_was_created_in_a_time(ecs_cloud: Cloud) -> None:
    def minute(after: float) -> str:
        moment = ecs_cloud.world.clock.now() + timedelta(minutes=after)
        return moment.strftime("%Y-%m-%dT%H:%MZ")

    def within(earliest: float, latest: float) -> list[str]:
        return disks(
            ecs_cloud,
            disk_ids=json.dumps(["d-spare"]),
            filter=[
                sdk.DescribeDisksRequestFilter(key="CreationStartTime", value=minute(earliest)),
                sdk.DescribeDisksRequestFilter(key="CreationEndTime", value=minute(latest)),
            ],
        )

    assert within(-5, 5) == ["d-spare"]
    assert within(5, 10) == within(-10, -5) == []
    wrong = sdk.DescribeDisksRequest(
        region_id=REGION, filter=[sdk.DescribeDisksRequestFilter(key="Size", value="1")]
    )
    assert refusal(client(ecs_cloud).describe_disks, wrong) == "InvalidFilterKey.NotFound"


def test_networks(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    vpcs = ecs.describe_vpcs(sdk.DescribeVpcsRequest(region_id=REGION)).body.vpcs.vpc
    assert [(v.vpc_id, v.v_switch_ids.v_switch_id) for v in vpcs] == [
        ("vpc-main", ["vsw-a", "vsw-b"]),
        ("vpc-other", ["vsw-other"]),
    ]
    request = sdk.DescribeVSwitchesRequest(region_id=REGION, zone_id="cn-hangzhou-b")
    (back,) = ecs.describe_vswitches(request).body.v_switches.v_switch
    # 16 addresses, less four that are the system's and one that an instance has.
    assert (back.v_switch_id, back.available_ip_address_count) == ("vsw-b", 11)
    groups = ecs.describe_security_groups(
        sdk.DescribeSecurityGroupsRequest(region_id=REGION, vpc_id="vpc-main")
    ).body.security_groups.security_group
    assert [(g.security_group_id, g.security_group_name) for g in groups] == [("sg-main", "web")]
    attribute = ecs.describe_security_group_attribute(
        sdk.DescribeSecurityGroupAttributeRequest(
            region_id=REGION, security_group_id="sg-main", direction="ingress"
        )
    ).body
    (rule,) = attribute.permissions.permission
    assert (rule.ip_protocol, rule.port_range, rule.source_cidr_ip) == (
        "TCP",
        "443/443",
        "0.0.0.0/0",
    )


def test_launch_templates_and_their_versions(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    (template,) = ecs.describe_launch_templates(
        sdk.DescribeLaunchTemplatesRequest(region_id=REGION, launch_template_name=["small"])
    ).body.launch_template_sets.launch_template_set
    assert (template.default_version_number, template.latest_version_number) == (2, 2)

    def versions(**wanted: Any) -> Any:
        request = sdk.DescribeLaunchTemplateVersionsRequest(
            region_id=REGION, launch_template_id="lt-small", **wanted
        )
        body = ecs.describe_launch_template_versions(request).body
        return body.launch_template_version_sets.launch_template_version_set

    assert [v.version_number for v in versions()] == [2, 1]
    (default,) = versions(default_version=True)
    data = default.launch_template_data
    assert (data.image_id, data.system_disk.size, data.data_disks.data_disk[0].size) == (
        "m-mine",
        60,
        20,
    )
    assert versions(detail_flag=False)[0].launch_template_data is None
    missing = sdk.DescribeLaunchTemplateVersionsRequest(region_id=REGION)
    assert refusal(ecs.describe_launch_template_versions, missing) == "MissingParameter"


def test_instance_types_by_size(ecs_cloud: Cloud) -> None:
    request = sdk.DescribeInstanceTypesRequest(
        minimum_cpu_core_count=4, maximum_memory_size=16, instance_type_families=["ecs.g7"]
    )
    (found,) = client(ecs_cloud).describe_instance_types(request).body.instance_types.instance_type
    assert (found.instance_type_id, found.cpu_core_count, found.memory_size) == (
        "ecs.g7.xlarge",
        4,
        16,
    )


def test_an_instance_shows_what_the_world_file_says(ecs_cloud: Cloud) -> None:
    (shown,) = (
        client(ecs_cloud)
        .describe_instances(
            sdk.DescribeInstancesRequest(region_id=REGION, instance_ids=json.dumps(["i-web"]))
        )
        .body.instances.instance
    )
    assert (shown.cpu, shown.memory, shown.public_ip_address.ip_address) == (
        2,
        8192,
        ["203.0.113.5"],
    )
    assert shown.vpc_attributes.private_ip_address.ip_address == ["10.0.1.10"]
    assert {tag.tag_key: tag.tag_value for tag in shown.tags.tag} == {"tier": "front", "team": "a"}
    attribute = (
        client(ecs_cloud)
        .describe_instance_attribute(sdk.DescribeInstanceAttributeRequest(instance_id="i-stopped"))
        .body
    )
    assert (attribute.status, attribute.stopped_mode) == ("Stopped", "KeepCharging")


def test_accounts_do_not_see_each_other(ecs_cloud: Cloud) -> None:
    other = client(ecs_cloud, "destination")
    listed = other.describe_instances(sdk.DescribeInstancesRequest(region_id=REGION)).body
    assert listed.total_count == 0
    request = sdk.DescribeInstanceAttributeRequest(instance_id="i-web")
    assert refusal(other.describe_instance_attribute, request) == "InvalidInstanceId.NotFound"
    visible = other.describe_images(sdk.DescribeImagesRequest(region_id=REGION)).body.images.image
    assert [image.image_id for image in visible] == ["m-public"]
