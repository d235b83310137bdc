"""RunInstances: what is made, what is refused, templates, tokens, dry runs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from emulator.ecs.tables import Disk, Instance
from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal

WANTED = {
    "region_id": REGION,
    "image_id": "m-public",
    "instance_type": "ecs.g7.large",
    "v_switch_id": "vsw-a",
    "security_group_id": "sg-main",
}


def run(cloud: Cloud, **changes: Any) -> list[str]:
    request = sdk.RunInstancesRequest(**(WANTED | changes))
    return list(client(cloud).run_instances(request).body.instance_id_sets.instance_id_set)


def shown(cloud: Cloud, ids: list[str]) -> Any:
    request = sdk.DescribeInstancesRequest(region_id=REGION, instance_ids=json.dumps(ids))
    return client(cloud).describe_instances(request).body.instances.instance


def disks(cloud: Cloud, instance_id: str) -> list[Disk]:
    return cloud.world.table(Disk).find(instance_id=instance_id)


def test_a_new_instance_passes_through_its_statuses(ecs_cloud: Cloud) -> None:
    ids = run(ecs_cloud)
    seen = []
    for seconds in (0, 5, 30):
        ecs_cloud.world.clock.advance(seconds)
        seen.append(shown(ecs_cloud, ids)[0].status)
    assert seen == ["Pending", "Starting", "Running"]


def test_what_is_made_is_what_was_asked_for(ecs_cloud: Cloud) -> None:
    ids = run(
        ecs_cloud,
        amount=2,
        instance_name="job",
        host_name="host",
        unique_suffix=True,
        private_ip_address="10.0.1.100",
        internet_max_bandwidth_out=5,
        deletion_protection=True,
        image_id="m-mine",
        system_disk=sdk.RunInstancesRequestSystemDisk(size="60", category="cloud_essd"),
        data_disk=[
            sdk.RunInstancesRequestDataDisk(size=30, disk_name="more", delete_with_instance=False)
        ],
        tag=[sdk.RunInstancesRequestTag(key="made-by", value="test")],
    )
    first, second = shown(ecs_cloud, ids)
    assert [first.instance_name, second.instance_name] == ["job001", "job002"]
    assert [first.host_name, second.host_name] == ["host001", "host002"]
    addresses = [
        address
        for instance in (first, second)
        for address in instance.vpc_attributes.private_ip_address.ip_address
    ]
    assert addresses == ["10.0.1.100", "10.0.1.101"]
    assert first.public_ip_address.ip_address != second.public_ip_address.ip_address
    assert (first.osname, first.deletion_protection) == ("CentOS 7.9", True)
    made = [
        (d.type, d.size_gib, d.category, d.delete_with_instance) for d in disks(ecs_cloud, ids[0])
    ]
    # The second disk is the image's own.
    assert made == [
        ("system", 60, "cloud_essd", True),
        ("data", 100, "cloud_efficiency", True),
        ("data", 30, "cloud_efficiency", False),
    ]
    assert disks(ecs_cloud, ids[0])[0].tags == {"made-by": "test"}


def test_a_template_gives_what_the_call_leaves_out(ecs_cloud: Cloud) -> None:
    request = sdk.RunInstancesRequest(
        region_id=REGION, launch_template_name="small", instance_type="ecs.c7.large"
    )
    body = client(ecs_cloud).run_instances(request).body
    (instance_id,) = body.instance_id_sets.instance_id_set
    (made,) = shown(ecs_cloud, [instance_id])
    assert (made.instance_type, made.image_id) == ("ecs.c7.large", "m-mine")
    assert [d.size_gib for d in disks(ecs_cloud, instance_id)] == [60, 100, 20]
    assert [(tag.tag_key, tag.tag_value) for tag in made.tags.tag] == [("from", "template")]
    first = sdk.RunInstancesRequest(
        region_id=REGION, launch_template_id="lt-small", launch_template_version=1
    )
    assert refusal(client(ecs_cloud).run_instances, first) == "MissingParameter"


def test_a_disk_of_a_snapshot_has_its_size(ecs_cloud: Cloud) -> None:
    (instance_id,) = run(
        ecs_cloud, data_disk=[sdk.RunInstancesRequestDataDisk(snapshot_id="s-old", size=500)]
    )
    _, data = disks(ecs_cloud, instance_id)
    assert (data.size_gib, data.source_snapshot_id) == (40, "s-old")
    delete = sdk.DeleteSnapshotRequest(snapshot_id="s-old")
    client(ecs_cloud).delete_image(
        sdk.DeleteImageRequest(region_id=REGION, image_id="m-of-snapshot")
    )
    assert refusal(client(ecs_cloud).delete_snapshot, delete) == "SnapshotCreatedDisk"


def test_a_token_makes_instances_once(ecs_cloud: Cloud) -> None:
    ids = run(ecs_cloud, client_token="token-1", amount=2)
    assert run(ecs_cloud, client_token="token-1", amount=2) == ids
    assert len(ecs_cloud.world.table(Instance)) == 7
    other = sdk.RunInstancesRequest(**(WANTED | {"client_token": "token-1", "amount": 1}))
    refused = refusal(client(ecs_cloud).run_instances, other)
    assert refused == "IdempotentParameterMismatch"


def test_instances_are_released_in_time(ecs_cloud: Cloud) -> None:
    moment = ecs_cloud.world.clock.now() + timedelta(hours=1)
    ids = run(ecs_cloud, auto_release_time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    ecs_cloud.world.clock.advance(50 * 60)
    assert shown(ecs_cloud, ids)
    ecs_cloud.world.clock.advance(15 * 60)
    assert not shown(ecs_cloud, ids)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dry_run": True}, "DryRunOperation"),
        ({"image_id": "m-none"}, "InvalidImageId.NotFound"),
        ({"image_id": "m-creating"}, "OperationDenied.ImageNotValid"),
        ({"image_id": None}, "MissingParameter"),
        ({"instance_type": "ecs.unknown"}, "InvalidInstanceType.ValueNotSupported"),
        ({"v_switch_id": "vsw-none"}, "InvalidVSwitchId.NotFound"),
        ({"security_group_id": "sg-none"}, "InvalidSecurityGroupId.NotFound"),
        ({"security_group_id": "sg-other"}, "InvalidParameter.Mismatch"),
        ({"security_group_id": None}, "MissingParameter"),
        (
            {"security_group_ids": ["sg-main"]},
            "InvalidSecurityGroupId.SingleIdAndMultiIdConflict",
        ),
        ({"private_ip_address": "10.0.1.10"}, "InvalidIp.IpAssigned"),
        ({"v_switch_id": "vsw-b", "amount": 12}, "QuotaExceeded.PrivateIpAddress"),
        (
            {"image_id": "m-mine", "system_disk": sdk.RunInstancesRequestSystemDisk(size="30")},
            "InvalidSystemDiskSize.LessThanImageSize",
        ),
        (
            {"data_disk": [sdk.RunInstancesRequestDataDisk(size=40000)]},
            "InvalidDataDiskSize.ValueNotSupported",
        ),
        ({"launch_template_id": "lt-none"}, "InvalidLaunchTemplate.NotFound"),
        (
            {"launch_template_id": "lt-small", "launch_template_version": 3},
            "InvalidLaunchTemplateVersion.NotFound",
        ),
        ({"spot_strategy": "SpotAsPriceGo"}, "Emulator.NotModelled"),
    ],
)
def test_what_is_refused_makes_nothing(
    ecs_cloud: Cloud, changes: dict[str, Any], code: str
) -> None:
    request = sdk.RunInstancesRequest(**(WANTED | changes))
    assert refusal(client(ecs_cloud).run_instances, request) == code
    assert len(ecs_cloud.world.table(Instance)) == 5
