"""ECS 2014-05-26."""

from emulator.ecs import (
    cloud_assistant,
    commands,
    disk_reset,
    disks,
    guest,
    images,
    instances,
    invocations,
    launch_templates,
    networks,
    places,
    power,
    run_instances,
    snapshots,
    tags,
)

__all__ = [
    "cloud_assistant",
    "commands",
    "disk_reset",
    "disks",
    "guest",
    "images",
    "instances",
    "invocations",
    "launch_templates",
    "networks",
    "places",
    "power",
    "run_instances",
    "snapshots",
    "tags",
]
