"""An instance that goes to another zone of its region."""

from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.ecs.tables import Disk, Instance
from tests.support.cloud import Cloud
from tests.support.smc_calls import REGION, Smc

INSTANCE = "i-target0files"
FIFTEEN_MINUTES = 900


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def create(smc: Smc, **changes: Any) -> str:
    chosen: dict[str, Any] = {
        "region_id": REGION,
        "instance_id": INSTANCE,
        "target_zone_id": f"{REGION}-b",
        "target_vswitch_id": "vsw-target0b",
    } | changes
    request = sdk.CreateCrossZoneMigrationJobRequest().from_map(
        {
            "RegionId": chosen["region_id"],
            "InstanceId": chosen["instance_id"],
            "TargetZoneId": chosen["target_zone_id"],
            "TargetVSwitchId": chosen["target_vswitch_id"],
            "TargetInstanceType": chosen.get("target_instance_type"),
            "Disk": chosen.get("disk"),
            "ClientToken": chosen.get("client_token"),
        }
    )
    return str(smc.sdk.create_cross_zone_migration_job(request).body.job_id)


def instance(smc: Smc) -> Instance:
    found = smc.world.table(Instance).get(INSTANCE)
    assert found
    return found


def disks(smc: Smc) -> list[Disk]:
    return smc.world.table(Disk).find(instance_id=INSTANCE)


def test_it_is_stopped_moved_and_started_within_fifteen_minutes(smc: Smc) -> None:
    (disk,) = disks(smc)
    job_id = create(
        smc,
        target_instance_type="ecs.g7.xlarge",
        disk=[{"DiskId": disk.disk_id, "Category": "cloud_auto"}],
    )
    job = smc.job(job_id)
    assert (job.status, job.job_type, job.instance_id) == ("Running", 2, INSTANCE)
    smc.pass_time(60)
    assert instance(smc).status == "Stopped"
    smc.pass_time(FIFTEEN_MINUTES - 60)
    moved = instance(smc)
    assert smc.job(job_id).status == "Finished"
    assert (moved.status, moved.zone, moved.instance_type) == (
        "Running",
        f"{REGION}-b",
        "ecs.g7.xlarge",
    )
    assert (moved.vswitch_id, moved.private_ips) == ("vsw-target0b", ["10.1.1.1"])
    assert [(d.zone, d.category) for d in disks(smc)] == [(f"{REGION}-b", "cloud_auto")]
    assert smc.transition_instances() == []


def test_the_same_token_makes_one_job(smc: Smc) -> None:
    assert create(smc, client_token="once") == create(smc, client_token="once")
    assert len(smc.jobs(job_type=2)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instance_id": None}, "MissingInstanceId"),
        ({"target_vswitch_id": None}, "MissingTargetVSwitchId"),
        ({"instance_id": "i-source0web1"}, "InvalidInstanceId.NotFound"),
        ({"region_id": "cn-hangzhou"}, "InvalidInstanceId.NotFound"),
        ({"target_vswitch_id": "vsw-none"}, "InvalidVSwitchId.NotFound"),
        (
            {"target_vswitch_id": "vsw-target0a", "target_zone_id": None},
            "InvalidParameter.TargetZoneId",
        ),
        ({"target_zone_id": f"{REGION}-a"}, "InvalidParameter.TargetZoneId"),
        ({"target_instance_type": "ecs.c7.large"}, "InvalidInstanceType.ValueNotSupported"),
        ({"disk": [{"DiskId": "d-none"}]}, "InvalidDiskId.NotFound"),
    ],
)
def test_what_cannot_move_is_refused_and_goes_on_running(
    smc: Smc, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(TeaException) as raised:
        create(smc, **changes)
    assert raised.value.code == code
    assert instance(smc).status == "Running"
    assert smc.jobs() == []
