"""What RAM policies name as the resources of the ECS actions that are authorized by them.

Modelled for the actions that a migration changes something with; all others are held against `*`.
What does not exist has no region and thus no ARN: the action itself says that it is not there.
Source: ECS 2014-05-26 API reference, "RAM authorization" of each action:
`acs:ecs:<region>:<account>:instance/<id>`, `…:disk/<id>` and so on. That a command needs both its
instances and itself is what the sample policies of "Use tags to control the running of Cloud
Assistant commands" show.
"""

from typing import Any

from emulator.ecs.launch_templates import find_template, version_of
from emulator.ecs.tables import Disk, Image, Instance, SecurityGroup, Snapshot, VSwitch
from emulator.service import Call


def instances_and_command(call: Call) -> list[str]:
    """The instances that a command is run on, and the command; a new one has no id yet."""
    region, ids = call.get("RegionId"), call.get("InstanceId") or []
    instances = [_arn(call, region, "instance", each) for each in ids] or ["*"]
    return [*instances, _arn(call, region, "command", call.get("CommandId") or "*")]


def instance(call: Call) -> list[str]:
    """The instance of the call."""
    return _existing(call, Instance, "instance", call.get("InstanceId"))


def new_instance(call: Call) -> list[str]:
    """The instance that is made, and what it is made of; a launch template's content as well."""
    template = find_template(call)
    given = dict(call.parameters)
    if template is not None:
        given = {**version_of(template, call.get("LaunchTemplateVersion")), **given}
    groups = given.get("SecurityGroupIds") or [given.get("SecurityGroupId")]
    named = [_arn(call, call.get("RegionId"), "instance", "*")]
    named += _existing(call, Image, "image", given.get("ImageId"))
    for group in groups:
        named += _existing(call, SecurityGroup, "securitygroup", group)
    vswitch = call.world.table(VSwitch).get(given.get("VSwitchId") or "")
    if vswitch is not None:
        place = f"acs:vpc:{call.get('RegionId')}:{call.account_id}"
        named.append(f"{place}:vswitch/{vswitch.vswitch_id}")
    if template is not None:
        named.append(_arn(call, template.region, "launchtemplate", template.template_id))
    return named


def disk(call: Call) -> list[str]:
    """The disk of the call."""
    return _existing(call, Disk, "disk", call.get("DiskId"))


def disk_and_instance(call: Call) -> list[str]:
    """The disk and the instance of the call."""
    return disk(call) + instance(call)


def disk_and_new_snapshot(call: Call) -> list[str]:
    """The disk of the call, and the snapshot that it will have."""
    named = disk(call)
    return [*named, _arn(call, named[0].split(":")[2], "snapshot", "*")] if named else []


def disk_and_snapshot(call: Call) -> list[str]:
    """The disk and the snapshot of the call."""
    return disk(call) + snapshot(call)


def snapshot(call: Call) -> list[str]:
    """The snapshot of the call."""
    return _existing(call, Snapshot, "snapshot", call.get("SnapshotId"))


def image(call: Call) -> list[str]:
    """The image of the call."""
    return _existing(call, Image, "image", call.get("ImageId"))


def tagged(call: Call) -> list[str]:
    """The resources that get or lose tags."""
    kind, region = call.get("ResourceType"), call.get("RegionId")
    return [_arn(call, region, kind, each) for each in call.get("ResourceId") or []] or ["*"]


def _existing(call: Call, table: type[Any], kind: str, key: str | None) -> list[str]:
    row = call.world.table(table).get(key or "")
    return [_arn(call, row.region, kind, str(key))] if row else []


def _arn(call: Call, region: str | None, kind: str | None, name: str) -> str:
    return f"acs:ecs:{region}:{call.account_id}:{kind}/{name}"
