"""Instances start, stop and go, on the virtual clock; who may do what in which status."""

import json
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from emulator.ecs.tables import Disk, Snapshot
from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal


def status(cloud: Cloud, instance_id: str) -> str:
    request = sdk.DescribeInstancesRequest(region_id=REGION, instance_ids=json.dumps([instance_id]))
    found = client(cloud).describe_instances(request).body.instances.instance
    return str(found[0].status) if found else "gone"


def test_an_instance_stops_and_starts_step_by_step(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ecs.stop_instance(sdk.StopInstanceRequest(instance_id="i-web"))
    assert status(ecs_cloud, "i-web") == "Stopping"
    early = sdk.StartInstanceRequest(instance_id="i-web")
    assert refusal(ecs.start_instance, early) == "IncorrectInstanceStatus"
    ecs_cloud.world.clock.advance(60)
    assert status(ecs_cloud, "i-web") == "Stopped"
    ecs.start_instance(early)
    assert status(ecs_cloud, "i-web") == "Starting"
    ecs_cloud.world.clock.advance(60)
    assert status(ecs_cloud, "i-web") == "Running"


def test_a_reboot_passes_through_both(ecs_cloud: Cloud) -> None:
    request = sdk.RebootInstanceRequest(instance_id="i-web")
    client(ecs_cloud).reboot_instance(request)
    seen = [status(ecs_cloud, "i-web")]
    for _ in range(6):
        ecs_cloud.world.clock.advance(10)
        seen.append(status(ecs_cloud, "i-web"))
    assert list(dict.fromkeys(seen)) == ["Stopping", "Starting", "Running"]


@pytest.mark.parametrize(
    ("action", "request_class", "instance_id", "code"),
    [
        ("start_instance", sdk.StartInstanceRequest, "i-web", "IncorrectInstanceStatus"),
        ("stop_instance", sdk.StopInstanceRequest, "i-stopped", "IncorrectInstanceStatus"),
        ("reboot_instance", sdk.RebootInstanceRequest, "i-stopped", "IncorrectInstanceStatus"),
        ("delete_instance", sdk.DeleteInstanceRequest, "i-web", "IncorrectInstanceStatus"),
        (
            "delete_instance",
            sdk.DeleteInstanceRequest,
            "i-protected",
            "InvalidOperation.DeletionProtection",
        ),
        ("start_instance", sdk.StartInstanceRequest, "i-none", "InvalidInstanceId.NotFound"),
    ],
)
def test_what_a_status_does_not_allow(
    ecs_cloud: Cloud, action: str, request_class: Any, instance_id: str, code: str
) -> None:
    request = request_class(instance_id=instance_id)
    assert refusal(getattr(client(ecs_cloud), action), request) == code


@pytest.mark.parametrize(
    ("action", "request_class", "instance_id"),
    [
        ("start_instance", sdk.StartInstanceRequest, "i-stopped"),
        ("stop_instance", sdk.StopInstanceRequest, "i-web"),
        ("reboot_instance", sdk.RebootInstanceRequest, "i-web"),
        ("delete_instance", sdk.DeleteInstanceRequest, "i-stopped"),
    ],
)
def test_a_dry_run_changes_nothing(
    ecs_cloud: Cloud, action: str, request_class: Any, instance_id: str
) -> None:
    before = status(ecs_cloud, instance_id)
    request = request_class(instance_id=instance_id, dry_run=True)
    assert refusal(getattr(client(ecs_cloud), action), request) == "DryRunOperation"
    assert status(ecs_cloud, instance_id) == before


def test_disks_go_with_their_instance_or_stay(ecs_cloud: Cloud) -> None:
    request = sdk.DeleteInstanceRequest(instance_id="i-web", force=True)
    client(ecs_cloud).delete_instance(request)
    assert status(ecs_cloud, "i-web") == "gone"
    disks = ecs_cloud.world.table(Disk)
    assert disks.get("d-system") is None
    kept = disks.get("d-data")
    assert kept is not None
    assert (kept.status, kept.instance_id) == ("Available", "")
    # Manual snapshots outlive their disk.
    assert ecs_cloud.world.table(Snapshot).get("s-old") is not None


def test_all_together_or_each_for_itself(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ids = ["i-web", "i-stopped"]
    together = sdk.StopInstancesRequest(region_id=REGION, instance_id=ids)
    assert refusal(ecs.stop_instances, together) == "IncorrectInstanceStatus"
    assert status(ecs_cloud, "i-web") == "Running"
    each = sdk.StopInstancesRequest(
        region_id=REGION, instance_id=ids, batch_optimization="SuccessFirst"
    )
    responses = ecs.stop_instances(each).body.instance_responses.instance_response
    assert [(r.instance_id, r.code, r.current_status) for r in responses] == [
        ("i-web", "200", "Stopping"),
        ("i-stopped", "IncorrectInstanceStatus", "Stopped"),
    ]


def test_instances_are_released_together_once(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    with_protected = sdk.DeleteInstancesRequest(
        region_id=REGION, instance_id=["i-stopped", "i-protected"]
    )
    refused = refusal(ecs.delete_instances, with_protected)
    assert refused == "InvalidOperation.DeletionProtection"
    assert status(ecs_cloud, "i-stopped") == "Stopped"
    request = sdk.DeleteInstancesRequest(
        region_id=REGION, instance_id=["i-stopped", "i-windows"], force=True, client_token="once"
    )
    ecs.delete_instances(request)
    ecs.delete_instances(request)
    assert status(ecs_cloud, "i-stopped") == status(ecs_cloud, "i-windows") == "gone"
