"""What a job is asked to do, checked: its runs, its target, its network.

Source: SMC 2019-06-01, CreateReplicationJob; SMC documentation, "migrate servers between ECS
instances" for target instances, and "containers". The codes of most refusals are not documented:
`Missing<Name>` and `InvalidParameter.<Name>`, or the code that ECS has for the object.
"""

from collections.abc import Mapping
from typing import Any

from emulator.ecs.networks import find_vswitch
from emulator.ecs.places import INSTANCE_TYPES
from emulator.ecs.tables import Disk, Instance, Vpc
from emulator.service import ApiError, Call
from emulator.smc.tables import SourceServer
from emulator.smc.target_disks import check_disks
from emulator.smc.throughput import replication_parameters

SERVER_MIGRATION = 0
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Image": (),
    "TargetInstance": ("InstanceId",),
    "ContainerImage": ("ContainerNamespace", "ContainerRepository", "InstanceRamRole"),
}
"""Target type -> parameters that it needs."""

OVER_VPC = 2


def check_options(
    call: Call, source: SourceServer, region: str, options: Mapping[str, Any]
) -> None:
    """Refuse options of a job that cannot be.

    Args:
        call: on whose behalf.
        source: of the job.
        region: the target's.
        options: all parameters of the job, in the API's names.

    Raises:
        ApiError: see the module.
    """
    if options.get("JobType", SERVER_MIGRATION) != SERVER_MIGRATION:
        raise ApiError(
            "Emulator.NotModelled",
            "The emulator models server migration here; Alibaba Cloud has other job types.",
        )
    if options.get("RunOnce") is False:
        _need(options, "Frequency", "MaxNumberOfImageToKeep")
    replication_parameters(options.get("ReplicationParameters"))
    check_disks(source, options)
    _check_network(call, region, options)
    kind = options.get("InstanceType")
    if kind and kind not in INSTANCE_TYPES:
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            "The specified InstanceType is not available.",
        )
    target_type = options.get("TargetType") or "Image"
    _need(options, *NEEDED[target_type])
    if target_type == "TargetInstance":
        _check_target(call, source, region, options["InstanceId"])
    if target_type == "ContainerImage" and _is_windows(source):
        raise _unfit("TargetType", "A Windows server cannot become a container image")


def _check_network(call: Call, region: str, options: Mapping[str, Any]) -> None:
    if options.get("NetMode") == OVER_VPC:
        _need(options, "VSwitchId")
    vswitch_id, vpc_id = options.get("VSwitchId"), options.get("VpcId")
    if vswitch_id:
        vswitch = find_vswitch(call, vswitch_id)
        if vpc_id and vpc_id != vswitch.vpc_id:
            raise ApiError(
                "VSwitchIdVpcId.Mismatch", "The specified VSwitchId and VpcId does not match."
            )
        vpc_id = vswitch.vpc_id
    if vpc_id:
        vpc = call.world.table(Vpc).get(vpc_id)
        if vpc is None or vpc.account_id != call.account_id or vpc.region != region:
            raise ApiError("InvalidVpcId.NotFound", "Specified VPC does not exist.", 404)


def _check_target(call: Call, source: SourceServer, region: str, instance_id: str) -> None:
    """The target has the source's kind of system, as many disks, and none of them smaller.

    Smaller disks that are larger than the data are allowed on Linux.
    """
    target = call.world.table(Instance).get(instance_id)
    if target is None or target.account_id != call.account_id or target.region != region:
        raise ApiError(
            "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.", 404
        )
    if (target.os_type == "windows") != _is_windows(source):
        raise _unfit("InstanceId", "The target instance has another kind of operating system")
    disks = call.world.table(Disk).find(instance_id=instance_id)
    disks.sort(key=lambda disk: disk.type != "system")
    if len(disks) < len(source.disk_sizes_gib):
        raise _unfit("InstanceId", "The target instance has fewer disks than the source server")
    pairs = zip(disks, source.disk_sizes_gib, source.disks_used_gib, strict=False)
    for disk, size, used in pairs:
        if disk.size_gib < size and (_is_windows(source) or disk.size_gib <= used):
            raise _unfit("InstanceId", "A disk of the target instance is too small")


def _need(options: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not options.get(name):
            raise ApiError(f"Missing{name}", f"{name} is mandatory for this replication job.")


def _is_windows(source: SourceServer) -> bool:
    return source.platform == "Windows"


def _unfit(name: str, reason: str) -> ApiError:
    return ApiError(f"InvalidParameter.{name}", f"{reason}.")
