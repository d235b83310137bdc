"""ECS 2014-05-26."""

from emulator.ecs import cloud_assistant, disks, guest, images, instances, invocations, places, tags

__all__ = [
    "cloud_assistant",
    "disks",
    "guest",
    "images",
    "instances",
    "invocations",
    "places",
    "tags",
]
