"""From the settings to the inputs of resources: defaults left out, moments in UTC."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pydantic import BaseModel

from smc.clock import utc_text
from smc.estimate.expected import move_of
from smc.fleet_plan import wave_options
from smc.job_fields import DiskInputs, ReplicationJobInputs
from smc.settings import Settings
from smc.settings.job import Network
from smc.settings.model import Server
from smc.settings.target import DataDisk, DiskLayout, SystemDisk
from smc.wave_plan import WaveJob

HOUR_SECONDS = 3600
MINUTE_SECONDS = 60


def role_inputs(settings: Settings, arn: pulumi.Input[str]) -> dict[str, Any]:
    """The role in the source account; see `smc.handlers.context.RoleAccess`."""
    role = settings.source.role
    external_id = {"external_id": role.external_id} if role.external_id else {}
    return {
        "arn": arn,
        "region": settings.source.region,
        "session_seconds": role.session_seconds,
        **external_id,
    }


def wave_job(settings: Settings, server: Server) -> dict[str, Any]:
    """What a wave has to know of a server beside its job; see `smc.wave_plan.WaveJob`."""
    return without_defaults(WaveJob, wave_options(settings, server))


def moves(
    settings: Settings, servers: Mapping[str, Server]
) -> Callable[[Mapping[str, Any] | None], dict[str, dict[str, Any]]]:
    """From the drills' reports to what each migration moves; what is as by default is left out."""

    def known(reports: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
        told = {
            name: move_of(server, settings.options(server), (reports or {}).get(name, {}))
            for name, server in servers.items()
        }
        parts = {name: move.model_dump(exclude_defaults=True) for name, move in told.items()}
        return {name: part for name, part in parts.items() if part}

    return known


def job_inputs(settings: Settings, stack: str, name: str, server: Server) -> dict[str, Any]:
    """The inputs of a server's job, all but its source id; what is as by default is left out."""
    options, target = settings.options(server), server.target
    network, synchronization = options.network or Network(), options.synchronization
    transfer = {
        "bandwidth_limit": network.bandwidth_limit,
        "compress_level": network.compress_level,
        "checksum": network.checksum,
    }
    template = options.launch_template
    values = {
        "stack": stack,
        "server": name,
        "destination": settings.connection(settings.destination).model_dump(exclude_none=True),
        "region": target.region or settings.destination.region,
        "image_name": target.image,
        "instance_id": target.instance,
        "acknowledged": target.acknowledge,
        "container": target.container.model_dump() if target.container else None,
        "description": server.description,
        "tags": options.tags,
        "run": server.run,
        "valid_days": options.valid_days,
        "start_at": utc_text(options.start_at),
        "every_hours": synchronization.every_hours if synchronization else None,
        "keep_images": synchronization.keep_images if synchronization else None,
        "vswitch_id": network.vswitch,
        "replication_parameters": {k: v for k, v in transfer.items() if v is not None},
        "license_type": options.license,
        "resource_group_id": options.resource_group,
        "instance_type": options.transition_instance_type,
        "instance_role": options.instance_role,
        "launch_template_id": template.id if template else None,
        "launch_template_version": template.version if template else None,
        "disks": disk_inputs(server.disks) if server.disks else [],
        "adopt_job": server.adopt_job,
        "pace": pace_inputs(settings, settings.polling.cleanup_minutes * MINUTE_SECONDS),
    }
    return without_defaults(ReplicationJobInputs, values)


def disk_inputs(layout: DiskLayout) -> list[dict[str, Any]]:
    """The disks of a layout, the system disk with index 0; see `smc.job_fields.DiskInputs`."""
    disks: list[tuple[int, SystemDisk | DataDisk]] = [(disk.index, disk) for disk in layout.data]
    if layout.system:
        disks.insert(0, (0, layout.system))
    return [
        without_defaults(
            DiskInputs,
            {
                "index": index,
                "size": disk.size,
                "lvm": disk.lvm,
                "disk_id": disk.disk if isinstance(disk, DataDisk) else None,
                "partitions": [
                    {"path": p.path, "size": p.size, "block": p.transfer == "block"}
                    for p in disk.partitions
                ],
            },
        )
        for index, disk in disks
    ]


def notification_inputs(settings: Settings) -> dict[str, Any]:
    """Who is told, for resources that tell; nothing if nobody is. It names secrets, no more."""
    if settings.notifications is None:
        return {}
    told = settings.notifications.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"notifications": told}


def pace_inputs(settings: Settings, deadline_seconds: float) -> dict[str, float]:
    """The pace of a wait, as resource inputs."""
    return {
        "first_seconds": settings.polling.first_seconds,
        "longest_seconds": settings.polling.longest_seconds,
        "deadline_seconds": deadline_seconds,
    }


def without_defaults(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what differs from the model's defaults: a state has a thousand of them."""
    return {
        name: value
        for name, value in values.items()
        if value is not None
        and value != model.model_fields[name].get_default(call_default_factory=True)
    }
