"""What a job makes: images, other systems on instances, container images; and where."""

from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from tests.support.cloud import Cloud
from tests.support.smc_calls import LONGER_THAN_A_RUN, WHILE_SYNCING, Smc

TARGET = "i-target0files"
GIB = 1024**3


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def refused(smc: Smc, source_id: str, **options: Any) -> str:
    """The code with which a job is refused."""
    with pytest.raises(TeaException) as raised:
        smc.create(source_id, **options)
    return str(raised.value.code)


def change_target(smc: Smc, **changes: Any) -> None:
    """Change the target instance behind the API's back."""
    target = smc.world.table(Instance).get(TARGET)
    assert target
    with smc.world.transaction():
        smc.world.table(Instance).put(replace(target, **changes))


def target_disks(smc: Smc) -> list[Disk]:
    return smc.world.table(Disk).find(instance_id=TARGET)


def to_target(smc: Smc) -> str:
    return smc.create(smc.source(), target_type="TargetInstance", instance_id=TARGET)


def test_a_target_instance_gets_the_system_and_the_data_of_the_source(smc: Smc) -> None:
    change_target(smc, os_name="CentOS 7.9 64 bit")
    job_id = to_target(smc)
    assert len(list(smc.world.table(Snapshot))) == 2
    smc.start(job_id)
    assert list(smc.world.table(Snapshot)) == []
    assert [d.name for d in target_disks(smc)][1:] == ["SMC_Temp_Disk"]
    assert smc.transition_instances() == []
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Finished"
    target = smc.world.table(Instance).get(TARGET)
    assert target
    assert target.os_name == "Ubuntu 22.04 64 bit"
    (system,) = target_disks(smc)
    assert (system.size_gib, system.used_gib) == (60, 9)
    assert len(list(smc.world.table(Image))) == 0


def test_a_stopped_target_is_started(smc: Smc) -> None:
    change_target(smc, status="Stopped")
    smc.start(to_target(smc))
    smc.pass_time(60)
    target = smc.world.table(Instance).get(TARGET)
    assert target
    assert target.status == "Running"


def test_the_temporary_disk_stays_until_a_halted_job_is_deleted(smc: Smc) -> None:
    job_id = to_target(smc)
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING)
    smc.stop(job_id)
    assert len(target_disks(smc)) == 2
    smc.delete(job_id)
    smc.pass_time(60)
    assert len(target_disks(smc)) == 1


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("i-source0web1", {}, "MissingInstanceId"),
        ("i-source0web1", {"instance_id": "i-none"}, "InvalidInstanceId.NotFound"),
        ("i-source0web1", {"instance_id": "i-source0web2"}, "InvalidInstanceId.NotFound"),
        ("i-source0db1", {"instance_id": TARGET}, "InvalidParameter.InstanceId"),
        ("i-source0app1", {"instance_id": TARGET}, "InvalidParameter.InstanceId"),
    ],
    ids=["none", "unknown", "of another account", "another system", "fewer disks"],
)
def test_unfit_targets_are_refused(
    smc: Smc, source: str, options: dict[str, Any], code: str
) -> None:
    assert refused(smc, smc.source(source), target_type="TargetInstance", **options) == code


@pytest.mark.parametrize(("size_gib", "fits"), [(40, True), (10, True), (9, False)])
def test_a_smaller_disk_fits_while_it_holds_the_data(smc: Smc, size_gib: int, fits: bool) -> None:
    (system,) = target_disks(smc)
    with smc.world.transaction():
        smc.world.table(Disk).put(replace(system, size_gib=size_gib))
    if fits:
        to_target(smc)
    else:
        with pytest.raises(TeaException, match=r"InvalidParameter\.InstanceId"):
            to_target(smc)


CONTAINER = {
    "target_type": "ContainerImage",
    "container_namespace": "apps",
    "container_repository": "web",
    "container_tag": "v1",
    "instance_ram_role": "registry",
}


def test_a_container_target_leaves_no_image_in_ecs(smc: Smc) -> None:
    job_id = smc.create(smc.source(), **CONTAINER)
    smc.start(job_id)
    assert len(smc.transition_instances()) == 1
    smc.pass_time(LONGER_THAN_A_RUN)
    job = smc.job(job_id)
    assert (job.status, job.target_type, job.image_id) == ("Finished", "ContainerImage", "")
    assert (job.container_namespace, job.container_repository, job.container_tag) == (
        "apps",
        "web",
        "v1",
    )
    assert (smc.image_names(), smc.transition_instances()) == ([], [])


@pytest.mark.parametrize(
    "missing", ["container_namespace", "container_repository", "instance_ram_role"]
)
def test_a_container_target_needs_its_parameters(smc: Smc, missing: str) -> None:
    assert refused(smc, smc.source(), **(CONTAINER | {missing: None})).startswith("Missing")


def test_windows_does_not_become_a_container(smc: Smc) -> None:
    assert refused(smc, smc.source("i-source0db1"), **CONTAINER) == "InvalidParameter.TargetType"


def test_the_transition_instance_is_where_and_what_was_asked_for(smc: Smc) -> None:
    job_id = smc.create(
        smc.source(), net_mode=2, v_switch_id="vsw-target0b", instance_type="ecs.c7.large"
    )
    assert smc.job(job_id).vpc_id == "vpc-target0"
    smc.start(job_id)
    (instance,) = smc.transition_instances()
    assert smc.job(job_id).transition_instance_id == instance.instance_id
    assert (instance.zone, instance.instance_type) == ("ap-northeast-1-b", "ecs.c7.large")
    assert instance.private_ips[0].startswith("10.1.1.")
    assert instance.public_ips == []


def test_over_the_internet_the_transition_instance_has_a_public_address(smc: Smc) -> None:
    smc.start(smc.create(smc.source()))
    (instance,) = smc.transition_instances()
    assert len(instance.public_ips) == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"net_mode": 2}, "MissingVSwitchId"),
        ({"net_mode": 1}, "InvalidParameter.NetMode"),
        ({"v_switch_id": "vsw-none"}, "InvalidVSwitchId.NotFound"),
        ({"v_switch_id": "vsw-target0a", "vpc_id": "vpc-1"}, "VSwitchIdVpcId.Mismatch"),
        ({"v_switch_id": "vsw-target0a", "region_id": "cn-beijing"}, "InvalidVpcId.NotFound"),
        ({"instance_type": "ecs.none.large"}, "InvalidInstanceType.ValueNotSupported"),
        ({"replication_parameters": "[]"}, "InvalidParameter.ReplicationParameters"),
        ({"replication_parameters": "{"}, "InvalidParameter.ReplicationParameters"),
        (
            {"replication_parameters": '{"compress_level": 11}'},
            "InvalidParameter.ReplicationParameters",
        ),
    ],
)
def test_options_that_cannot_be_are_refused(smc: Smc, options: dict[str, Any], code: str) -> None:
    assert refused(smc, smc.source(), **options) == code


def test_a_disk_must_be_larger_than_its_data(smc: Smc) -> None:
    source_id = smc.source("i-source0db1")
    assert refused(smc, source_id, system_disk_size=30) == "InvalidParameter.SystemDiskSize"
    job = smc.job(smc.create(source_id, system_disk_size=31))
    assert job.system_disk_size == 31


def test_partitions_fit_their_disk_and_are_shown(smc: Smc) -> None:
    part = sdk.CreateReplicationJobRequestSystemDiskPart
    source_id = smc.source()
    for wrong in (part(device="0_0"), part(device="0_0", size_bytes=41 * GIB)):
        assert (
            refused(smc, source_id, system_disk_part=[wrong]) == "InvalidParameter.SystemDiskPart"
        )
    right = part(device="0_0", size_bytes=30 * GIB, block=False)
    shown = smc.job(smc.create(source_id, system_disk_part=[right])).system_disk_parts
    (only,) = shown.system_disk_part
    assert (only.device, only.size_bytes, only.block) == ("0_0", 30 * GIB, False)


def test_a_layout_of_disks_decides_the_sizes_of_the_image(smc: Smc) -> None:
    data = sdk.CreateReplicationJobRequestDisksData(size=150)
    system = sdk.CreateReplicationJobRequestDisksSystem(size=90, lvm=True)
    disks = sdk.CreateReplicationJobRequestDisks(system=system, data=[data])
    job_id = smc.create(smc.source("i-source0app1"), disks=disks)
    shown = smc.job(job_id).disks
    assert (shown.system.size, shown.system.lvm) == (90, True)
    assert [disk.size for disk in shown.data.data] == [150]
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    image = smc.world.table(Image).get(smc.job(job_id).image_id)
    assert image
    assert image.disk_sizes_gib == [90, 150]


def test_a_taken_image_name_gets_the_job_id(smc: Smc) -> None:
    first, second = smc.source(), smc.source("i-source0web2")
    smc.start(smc.create(first, image_name="web"))
    smc.pass_time(LONGER_THAN_A_RUN)
    job_id = smc.create(second, image_name="web")
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.image_names() == ["web", f"web_{job_id}"]
