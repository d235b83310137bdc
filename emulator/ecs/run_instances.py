"""RunInstances: new instances with their disks.

Source: ECS 2014-05-26 API reference, RunInstances. Pay-as-you-go instances with one network
interface are modelled; subscriptions, spot instances, dedicated hosts and further interfaces are
not.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from emulator.ecs import resources
from emulator.ecs.disks import device_name
from emulator.ecs.idempotence import once
from emulator.ecs.images import visible_images
from emulator.ecs.launch_templates import find_template, version_of
from emulator.ecs.listing import refuse_dry_run
from emulator.ecs.networks import (
    find_security_group,
    find_vswitch,
    free_addresses,
    free_public_addresses,
)
from emulator.ecs.new_disks import WantedDisk, data_disks, system_disk
from emulator.ecs.places import INSTANCE_TYPES, check_region
from emulator.ecs.power import PENDING_SECONDS, enter, release_at
from emulator.ecs.tables import Disk, Image, Instance, SecurityGroup, VSwitch
from emulator.ecs.tags import checked_tags
from emulator.service import ApiError, Call, Members, action

SOONEST_RELEASE = timedelta(minutes=30)
NOT_MODELLED = {
    "InstanceChargeType": {"PostPaid"},
    "SpotStrategy": {"NoSpot"},
    "DedicatedHostId": set(),
    "NetworkInterface": set(),
    "ImageFamily": set(),
}
"""Parameters of which only these values are modelled."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What RunInstances was asked for, checked."""

    image: Image
    instance_type: str
    vswitch: VSwitch
    groups: list[SecurityGroup]
    addresses: list[str]
    disks: list[WantedDisk]
    bandwidth_mbit: int
    auto_release: datetime | None


@action("ecs", "RunInstances", resources=resources.new_instance)
def run_instances(call: Call) -> Members:
    """Make pay-as-you-go instances with their disks, and start them.

    Not modelled: subscriptions, spot instances, dedicated hosts, further network interfaces, image
    families, names by pattern, passwords and keys.
    """
    return once(call, lambda: _run(call), malformed="InvalidClientToken.ValueNotSupported")


def _run(call: Call) -> Members:
    check_region(call)
    template = find_template(call)
    if template is not None:
        version = version_of(template, call.get("LaunchTemplateVersion"))
        call = replace(call, parameters={**version, **call.parameters})
    wanted = _checked(call)
    tags = checked_tags(call)
    refuse_dry_run(call)
    ids = [_make(call, wanted, tags, number) for number in range(len(wanted.addresses))]
    return {"InstanceIdSets": {"InstanceIdSet": ids}}


def _checked(call: Call) -> Wanted:
    for name, modelled in NOT_MODELLED.items():
        if call.get(name) and call.get(name) not in modelled:
            raise ApiError("Emulator.NotModelled", f"The emulator does not model this {name}.")
    instance_type = call.get("InstanceType")
    for name in ("ImageId", "InstanceType", "VSwitchId"):
        if not call.get(name):
            raise ApiError(
                "MissingParameter",
                f'The input parameter "{name}" that is mandatory for processing this request is'
                " not supplied.",
            )
    if instance_type not in INSTANCE_TYPES:
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            "The specified InstanceType beyond the permitted range.",
        )
    image = _image(call)
    vswitch = find_vswitch(call, call.get("VSwitchId"))
    if call.get("ZoneId") and call.get("ZoneId") != vswitch.zone:
        raise ApiError("InvalidParameter.VSwitchId", "The vSwitch is in another zone.")
    return Wanted(
        image,
        instance_type,
        vswitch,
        _groups(call, vswitch),
        _addresses(call, vswitch),
        [system_disk(call, image), *data_disks(call, image)],
        int(call.get("InternetMaxBandwidthOut", 0)),
        _auto_release(call),
    )


def _image(call: Call) -> Image:
    image = next((i for i in visible_images(call) if i.image_id == call.get("ImageId")), None)
    if image is None:
        raise ApiError("InvalidImageId.NotFound", "The specified ImageId does not exist.", 404)
    if image.status != "Available":
        raise ApiError(
            "OperationDenied.ImageNotValid", "The specified Image is disabled or is deleted.", 403
        )
    return image


def _groups(call: Call, vswitch: VSwitch) -> list[SecurityGroup]:
    one, several = call.get("SecurityGroupId"), call.get("SecurityGroupIds") or []
    if one and several:
        raise ApiError(
            "InvalidSecurityGroupId.SingleIdAndMultiIdConflict",
            "SecurityGroupId and SecurityGroupIds cannot both be specified.",
        )
    ids = [one] if one else several
    if not ids:
        raise ApiError(
            "MissingParameter",
            'The input parameter "SecurityGroupId" that is mandatory for processing this request'
            " is not supplied.",
        )
    if len(set(ids)) < len(ids):
        raise ApiError(
            "InvalidParameter.SecurityGroupIdRepeated", "The SecurityGroupIds are repeated."
        )
    groups = [find_security_group(call, group_id) for group_id in ids]
    if any(group.vpc_id != vswitch.vpc_id for group in groups):
        raise ApiError(
            "InvalidParameter.Mismatch",
            "Specified security group and virtual switch are not in the same VPC.",
        )
    return groups


def _addresses(call: Call, vswitch: VSwitch) -> list[str]:
    """One free address for each instance, from PrivateIpAddress on where that is given."""
    amount = int(call.get("Amount", 1))
    if int(call.get("MinAmount", 1)) > amount:
        raise ApiError("InvalidParam.Amount", "The specified Amount is not valid.", 403)
    free = free_addresses(call.world, vswitch)
    first = call.get("PrivateIpAddress")
    if first:
        free = itertools.dropwhile(lambda address: address != first, free)
    addresses = list(itertools.islice(free, amount))
    if first and not addresses:
        raise ApiError("InvalidIp.IpAssigned", "The specified IP address is not free.", 403)
    if len(addresses) < amount:
        raise ApiError(
            "QuotaExceeded.PrivateIpAddress", "The vSwitch has not enough free addresses.", 403
        )
    return addresses


def _auto_release(call: Call) -> datetime | None:
    given = call.get("AutoReleaseTime")
    if not given:
        return None
    refused = ApiError(
        "InvalidAutoReleaseTime.Malformed", "The specified parameter AutoReleaseTime is not valid."
    )
    try:
        moment = datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC, second=0)
    except ValueError:
        raise refused from None
    if moment < call.world.now + SOONEST_RELEASE - timedelta(minutes=1):
        raise refused
    return moment


def _make(call: Call, wanted: Wanted, tags: dict[str, str], number: int) -> str:
    world = call.world
    instance_id = world.new_id("i-bp1")
    suffix = f"{number + 1:03}" if call.get("UniqueSuffix") and len(wanted.addresses) > 1 else ""
    name = (call.get("InstanceName") or "") + suffix or instance_id
    host_names = call.get("HostNames") or []
    host = host_names[number] if number < len(host_names) else call.get("HostName") or ""
    origin = f"RunInstances by {call.caller.arn}"
    instance = Instance(
        instance_id=instance_id,
        account_id=call.account_id,
        region=call.get("RegionId"),
        zone=wanted.vswitch.zone,
        name=name,
        host_name=host.replace("${instance_id}", instance_id) + (suffix if host else "")
        or instance_id.replace("i-", "iZ", 1) + "Z",
        status="Pending",
        instance_type=wanted.instance_type,
        os_type=wanted.image.os_type,
        os_name=wanted.image.os_name,
        private_ips=[wanted.addresses[number]],
        public_ips=[_public_ip(call)] if wanted.bandwidth_mbit else [],
        vpc_id=wanted.vswitch.vpc_id,
        vswitch_id=wanted.vswitch.vswitch_id,
        security_group_ids=[group.security_group_id for group in wanted.groups],
        cloud_assistant=True,
        created=world.now,
        origin=origin,
        image_id=wanted.image.image_id,
        description=call.get("Description") or "",
        bandwidth_out_mbit=wanted.bandwidth_mbit,
        deletion_protection=bool(call.get("DeletionProtection")),
        auto_release=wanted.auto_release,
        tags=tags,
    )
    enter(world, instance, "Pending", PENDING_SECONDS)
    if wanted.auto_release:
        release_at(world, instance_id, wanted.auto_release)
    for position, disk in enumerate(wanted.disks):
        world.table(Disk).put(
            Disk(
                disk_id=world.new_id("d-bp1"),
                account_id=call.account_id,
                region=instance.region,
                zone=instance.zone,
                name=disk.name,
                type="data" if position else "system",
                size_gib=disk.size_gib,
                used_gib=disk.used_gib,
                instance_id=instance_id,
                device=device_name(position),
                created=world.now,
                origin=origin,
                category=disk.category,
                description=disk.description,
                image_id="" if position else wanted.image.image_id,
                source_snapshot_id=disk.snapshot_id,
                attached=world.now,
                delete_with_instance=disk.delete_with_instance,
                tags=tags,
            )
        )
    return instance_id


def _public_ip(call: Call) -> str:
    found = next(free_public_addresses(call.world), None)
    if found is None:
        raise ApiError(
            "InvalidOperation.PublicIpAddressNoStock",
            "The public IP address for the specified Region or ChargeType of the instance is out"
            " of stock.",
            403,
        )
    return found
