"""Puts what a world file says of ECS into a new world."""

import ipaddress

from emulator.ecs.billing import CURRENCY
from emulator.ecs.disks import device_name
from emulator.ecs.tables import (
    Disk,
    Image,
    Instance,
    LaunchTemplate,
    ScriptAnswer,
    SecurityGroup,
    Snapshot,
    Vpc,
    VSwitch,
)
from emulator.ecs.world_file import (
    DiskPart,
    EcsInstancePart,
    EcsPart,
    ImagePart,
    PricesPart,
    SecurityGroupPart,
    SnapshotPart,
    VpcPart,
    VSwitchPart,
)
from emulator.world import Setting, World

ORIGIN = "world file"
"""Who made what a world begins with."""


def plant_account(world: World, account_id: str, part: EcsPart) -> None:
    """Everything of an account but its instances, which come after their networks."""
    for vpc in part.vpcs:
        _plant_vpc(world, account_id, vpc)
    for image in part.images:
        plant_image(world, account_id, image)
    for disk in part.disks:
        place = Disk(
            disk_id=disk.id or world.new_id("d-bp1"),
            account_id=account_id,
            region=disk.region,
            zone=f"{disk.region}-{disk.zone}",
            name=disk.name or "",
            type="data",
            size_gib=disk.size_gib,
            used_gib=disk.used_gib,
            instance_id="",
            device="",
            created=world.now,
            origin=ORIGIN,
            category=disk.category,
            tags=disk.tags,
        )
        _plant_disk(world, disk, place)
    for template in part.launch_templates:
        world.table(LaunchTemplate).put(
            LaunchTemplate(
                template_id=template.id or world.new_id("lt-bp1"),
                account_id=account_id,
                region=template.region,
                name=template.name,
                created=world.now,
                default_version=template.default_version,
                versions=template.versions,
                tags=template.tags,
            )
        )


def plant_instance(world: World, account_id: str, part: EcsInstancePart) -> Instance:
    """An instance with its disks and their snapshots."""
    vswitch = _vswitch(world, account_id, part)
    instance = world.table(Instance).put(
        Instance(
            instance_id=part.id or world.new_id("i-bp1"),
            account_id=account_id,
            region=part.region,
            zone=vswitch.zone,
            name=part.name,
            host_name=part.name,
            status=part.status,
            instance_type=part.type,
            os_type=part.os_type,
            os_name=part.os,
            private_ips=[part.private_ip],
            public_ips=[part.public_ip] if part.public_ip else [],
            vpc_id=vswitch.vpc_id,
            vswitch_id=vswitch.vswitch_id,
            security_group_ids=_groups(world, part, vswitch),
            cloud_assistant=part.cloud_assistant,
            cloud_assistant_error=part.cloud_assistant_error or "",
            created=world.now,
            started=world.now,
            origin=ORIGIN,
            image_id=part.image,
            deletion_protection=part.deletion_protection,
            stopped_mode="KeepCharging" if part.status == "Stopped" else "",
            tags=part.tags,
            facts=part.facts,
            answers=[ScriptAnswer(**answer.model_dump()) for answer in part.answers],
        )
    )
    for number, disk in enumerate(part.disks):
        row = Disk(
            disk_id=disk.id or world.new_id("d-bp1"),
            account_id=account_id,
            region=part.region,
            zone=instance.zone,
            name=disk.name or f"{part.name}-{number}",
            type="data" if number else "system",
            size_gib=disk.size_gib,
            used_gib=disk.used_gib,
            instance_id=instance.instance_id,
            device=device_name(number),
            created=world.now,
            origin=ORIGIN,
            category=disk.category,
            attached=world.now,
            delete_with_instance=disk.delete_with_instance,
            tags=disk.tags,
        )
        _plant_disk(world, disk, row, instance)
    return instance


def plant_image(world: World, account_id: str, part: ImagePart) -> None:
    """An image; one without an account is public."""
    world.table(Image).put(
        Image(
            image_id=part.id or world.new_id("m-bp1"),
            account_id=account_id,
            region=part.region,
            name=part.name,
            os_type=part.os_type,
            os_name=part.os,
            disk_sizes_gib=part.disk_sizes_gib,
            created=world.now,
            origin=ORIGIN,
            status=part.status,
            snapshot_ids=part.snapshots,
            tags=part.tags,
        )
    )


def plant_prices(world: World, part: PricesPart) -> None:
    """Prices as settings, under the names that bills have."""
    prices = {f"instance/{name}": price for name, price in part.instance.items()}
    prices |= {f"disk/{name}": price for name, price in part.disk.items()}
    single = {"snapshot": part.snapshot, "image": part.image, "public_ip": part.public_ip}
    prices |= {name: price for name, price in single.items() if price is not None}
    for name, price in prices.items():
        world.table(Setting).put(Setting(name=f"prices.{name}", value=price))
    world.table(Setting).put(Setting(name=CURRENCY, value=part.currency))


def _plant_disk(world: World, part: DiskPart, disk: Disk, instance: Instance | None = None) -> None:
    world.table(Disk).put(disk)
    automatic = [SnapshotPart(name="auto", category="auto")] * part.automatic_snapshots
    for snapshot in [*automatic, *part.snapshots]:
        world.table(Snapshot).put(
            Snapshot(
                snapshot_id=snapshot.id or world.new_id("s-bp1"),
                account_id=disk.account_id,
                region=disk.region,
                disk_id=disk.disk_id,
                disk_type=disk.type,
                size_gib=disk.size_gib,
                used_gib=disk.used_gib,
                name=snapshot.name,
                category=snapshot.category,
                created=world.now,
                completes=world.now,
                origin=ORIGIN,
                os_type=instance.os_type if instance else "",
                os_name=instance.os_name if instance else "",
                tags=snapshot.tags,
            )
        )


def _plant_vpc(world: World, account_id: str, part: VpcPart, *, is_default: bool = False) -> Vpc:
    vpc = world.table(Vpc).put(
        Vpc(
            vpc_id=part.id or world.new_id("vpc-bp1"),
            account_id=account_id,
            region=part.region,
            name=part.name,
            cidr=part.cidr,
            created=world.now,
            is_default=is_default,
        )
    )
    for vswitch in part.vswitches:
        _plant_vswitch(world, vpc, vswitch)
    for group in part.security_groups:
        _plant_security_group(world, vpc, group)
    return vpc


def _plant_vswitch(world: World, vpc: Vpc, part: VSwitchPart) -> VSwitch:
    return world.table(VSwitch).put(
        VSwitch(
            vswitch_id=part.id or world.new_id("vsw-bp1"),
            account_id=vpc.account_id,
            vpc_id=vpc.vpc_id,
            zone=f"{vpc.region}-{part.zone}",
            name=part.name,
            cidr=part.cidr,
            created=world.now,
            is_default=vpc.is_default,
        )
    )


def _plant_security_group(world: World, vpc: Vpc, part: SecurityGroupPart) -> None:
    rules = [
        {
            "Direction": rule.direction,
            "IpProtocol": rule.protocol,
            "PortRange": rule.ports,
            "SourceCidrIp" if rule.direction == "ingress" else "DestCidrIp": rule.cidr,
            "Policy": rule.policy,
            "NicType": "intranet",
            "Priority": "1",
        }
        for rule in part.rules
    ]
    world.table(SecurityGroup).put(
        SecurityGroup(
            security_group_id=part.id or world.new_id("sg-bp1"),
            account_id=vpc.account_id,
            region=vpc.region,
            name=part.name,
            vpc_id=vpc.vpc_id,
            created=world.now,
            kind=part.type,
            rules=rules,
            tags=part.tags,
        )
    )


def _vswitch(world: World, account_id: str, part: EcsInstancePart) -> VSwitch:
    """The vSwitch named, else the first one of the zone, else one in a default VPC."""
    zone = f"{part.region}-{part.zone}"
    for vswitch in world.table(VSwitch).find(account_id=account_id):
        if vswitch.vswitch_id == part.vswitch or (not part.vswitch and vswitch.zone == zone):
            return vswitch
    subnet = ipaddress.ip_network(f"{part.private_ip}/24", strict=False)
    missing = VSwitchPart(name="default", zone=part.zone, cidr=str(subnet))
    for vpc in world.table(Vpc).find(account_id=account_id, region=part.region, is_default=True):
        return _plant_vswitch(world, vpc, missing)
    default = VpcPart(
        name="default",
        region=part.region,
        cidr=str(subnet.supernet(new_prefix=16)),
        vswitches=[missing],
        security_groups=[SecurityGroupPart(name="default")],
    )
    _plant_vpc(world, account_id, default, is_default=True)
    return _vswitch(world, account_id, part)


def _groups(world: World, part: EcsInstancePart, vswitch: VSwitch) -> list[str]:
    groups = [
        group.security_group_id
        for group in world.table(SecurityGroup).find(account_id=vswitch.account_id)
        if group.vpc_id == vswitch.vpc_id
    ]
    return part.security_groups or groups[:1]
