"""From a declared job to the parameters of CreateReplicationJob and ModifyReplicationJobAttribute.

UNCERTAIN: how Disks (paths, LVM) goes together with SystemDiskSize and DataDisk (sizes) is not
documented. Sizes alone go into the latter, a layout into Disks, never both.
"""

import json
from datetime import timedelta
from typing import Any

from alibabacloud_smc20190601 import models as sdk

from smc.clients import Clients
from smc.clock import utc_text
from smc.job_fields import ReplicationJobInputs, is_layout
from smc.models import SourceServer
from smc.ownership import RUN_TAG, SERVER_TAG, client_token, stack_tags
from smc.partitions import size_bytes

SMALLEST_DISK_GIB = 20


def job_tags(inputs: ReplicationJobInputs) -> dict[str, str]:
    """All tags of a job: the user's, and ours, by which it is found again."""
    ours = stack_tags(inputs.stack) | {SERVER_TAG: inputs.server, RUN_TAG: str(inputs.run)}
    return inputs.tags | ours


def create_request(
    clients: Clients, inputs: ReplicationJobInputs, source: SourceServer, instead_of: str = ""
) -> sdk.CreateReplicationJobRequest:
    """The request for a new job.

    Args:
        clients: for the service's time.
        inputs: what is declared.
        source: the source server as it is.
        instead_of: id of a job that expired and is gone now, so that the token is another.
    """
    valid_time = _valid_time(clients, inputs)
    # A token that comes with other parameters is refused, also when its job was deleted since.
    declared = inputs.model_dump(mode="json", exclude_defaults=True) | {
        "instead_of": instead_of,
        "valid_time": valid_time,
    }
    return sdk.CreateReplicationJobRequest(
        client_token=client_token(inputs.stack, inputs.server, inputs.run, declared),
        source_id=inputs.source_id,
        region_id=inputs.region,
        name=inputs.job_name,
        description=inputs.description or None,
        valid_time=valid_time,
        run_once=inputs.run_once,
        frequency=inputs.every_hours or None,
        max_number_of_image_to_keep=inputs.keep_images or None,
        scheduled_start_time=inputs.start_at or None,
        license_type=inputs.license_type or None,
        resource_group_id=inputs.resource_group_id or None,
        tag=[
            sdk.CreateReplicationJobRequestTag(key=k, value=v) for k, v in job_tags(inputs).items()
        ],
        disks=_layout(inputs, source) if is_layout(inputs.disks) else None,
        **_target(inputs),
        **_network(inputs),
        **_transition_instance(inputs),
        **_sizes(inputs, source, sdk.CreateReplicationJobRequestDataDisk),
    )


def modify_request(
    clients: Clients,
    job_id: str,
    inputs: ReplicationJobInputs,
    source: SourceServer | None,
    changed: frozenset[str],
) -> sdk.ModifyReplicationJobAttributeRequest:
    """The request that brings the changed fields to a job."""
    values: dict[str, Any] = {}
    if "server" in changed:
        values["name"] = inputs.job_name
    if "description" in changed:
        values["description"] = inputs.description
    if "valid_days" in changed:
        values["valid_time"] = _valid_time(clients, inputs)
    if "start_at" in changed:
        values["scheduled_start_time"] = inputs.start_at
    if changed & {"every_hours", "keep_images"}:
        values |= {
            "frequency": inputs.every_hours,
            "max_number_of_image_to_keep": inputs.keep_images,
        }
    if changed & {"image_name", "instance_id", "container"}:
        values |= _target(inputs)
    if changed & {"vswitch_id", "replication_parameters"}:
        values |= _network(inputs)
    if changed & {
        "instance_type",
        "instance_role",
        "launch_template_id",
        "launch_template_version",
    }:
        values |= _transition_instance(inputs)
    if "disks" in changed and source is not None:
        values |= _sizes(inputs, source, sdk.ModifyReplicationJobAttributeRequestDataDisk)
    return sdk.ModifyReplicationJobAttributeRequest(job_id=job_id, **values)


def _valid_time(clients: Clients, inputs: ReplicationJobInputs) -> str:
    return utc_text(clients.utc_now() + timedelta(days=inputs.valid_days))


def _target(inputs: ReplicationJobInputs) -> dict[str, Any]:
    if inputs.instance_id:
        return {"target_type": "TargetInstance", "instance_id": inputs.instance_id}
    if inputs.container:
        return {
            "target_type": "ContainerImage",
            "container_namespace": inputs.container.namespace,
            "container_repository": inputs.container.repository,
            "container_tag": inputs.container.tag,
        }
    return {"target_type": "Image", "image_name": inputs.image_name}


def _network(inputs: ReplicationJobInputs) -> dict[str, Any]:
    network: dict[str, Any] = {"net_mode": 2 if inputs.vswitch_id else 0}
    if inputs.vswitch_id:
        network["v_switch_id"] = inputs.vswitch_id
    if inputs.replication_parameters:
        network["replication_parameters"] = json.dumps(inputs.replication_parameters)
    return network


def _transition_instance(inputs: ReplicationJobInputs) -> dict[str, Any]:
    values = {
        "instance_type": inputs.instance_type,
        "instance_ram_role": inputs.instance_role,
        "launch_template_id": inputs.launch_template_id,
        "launch_template_version": inputs.launch_template_version,
    }
    return {key: value for key, value in values.items() if value}


def _sizes(
    inputs: ReplicationJobInputs, source: SourceServer, data_disk: type[Any]
) -> dict[str, Any]:
    """Sizes of an image's disks: "for an image, ImageName, SystemDiskSize and DataDisk"."""
    if not inputs.image_name or is_layout(inputs.disks):
        return {}
    system, *data = sizes_gib(inputs, source)
    return {
        "system_disk_size": system,
        "data_disk": [data_disk(index=i, size=size) for i, size in enumerate(data, start=1)],
    }


def sizes_gib(inputs: ReplicationJobInputs, source: SourceServer) -> list[int]:
    """Sizes of all target disks, the system disk first: as declared, else as on the source."""
    declared = {disk.index: disk.size for disk in inputs.disks}
    return [
        max(declared.get(index, size), SMALLEST_DISK_GIB)
        for index, size in enumerate(source.disk_sizes_gib)
    ]


def _layout(
    inputs: ReplicationJobInputs, source: SourceServer
) -> sdk.CreateReplicationJobRequestDisks:
    declared = {disk.index: disk for disk in inputs.disks}
    system = sdk.CreateReplicationJobRequestDisksSystem()
    data = []
    for index, size in enumerate(sizes_gib(inputs, source)):
        disk = declared.get(index)
        part = sdk.CreateReplicationJobRequestDisksDataPart
        target: Any = sdk.CreateReplicationJobRequestDisksData(
            disk_id=disk.disk_id or None if disk else None
        )
        if index == 0:
            part, target = sdk.CreateReplicationJobRequestDisksSystemPart, system
        target.size = size
        if disk:
            target.lvm = disk.lvm
            target.part = [
                part(path=p.path, size_bytes=size_bytes(p.size, size), block=p.block)
                for p in disk.partitions
            ]
        if index:
            data.append(target)
    return sdk.CreateReplicationJobRequestDisks(system=system, data=data)
