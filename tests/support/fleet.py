"""Worlds with many servers in the source account."""

from typing import Any

from emulator.ecs.world_file import DiskPart
from emulator.world_file import InstancePart, WorldFile
from tests.support.cloud import demo_world


def names(count: int) -> list[str]:
    """`node-000` and so on."""
    return [f"node-{number:03}" for number in range(count)]


def instance_id(name: str) -> str:
    """The id of the instance with this name."""
    return f"i-{name.replace('-', '0')}"


def fleet_servers(count: int) -> dict[str, Any]:
    """The `servers` of the settings: each by its id, to an image of its own."""
    return {
        name: {"select": {"id": instance_id(name)}, "target": {"image": f"{name}-image"}}
        for name in names(count)
    }


def fleet_world(count: int) -> WorldFile:
    """The demo's world with so many instances in the source account, and no others."""
    world = demo_world()
    instances = [
        InstancePart(
            id=instance_id(name),
            name=name,
            region="cn-hangzhou",
            private_ip=f"10.0.{number // 250}.{number % 250 + 1}",
            disks=[DiskPart(size_gib=40, used_gib=10)],
            tags={"number": str(number)},
        )
        for number, name in enumerate(names(count))
    ]
    source = world.accounts["source"].model_copy(update={"instances": instances})
    return world.model_copy(update={"accounts": {**world.accounts, "source": source}})
