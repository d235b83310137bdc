"""Tags on instances, disks, images.

Source: ECS 2014-05-26 API reference, TagResources, UntagResources, ListTagResources.
"""

from dataclasses import replace
from typing import Any

from emulator.ecs.tables import Disk, Image, Instance
from emulator.service import ApiError, Call, Members, action

TAGGABLE: dict[str, type[Any]] = {"instance": Instance, "disk": Disk, "image": Image}
MOST_TAGS = 20


def _resources(call: Call) -> list[Any]:
    table = TAGGABLE.get(call.get("ResourceType", ""))
    if table is None:
        raise ApiError("InvalidResourceType.NotFound", "The ResourceType is not supported.", 404)
    found = []
    for resource_id in call.get("ResourceId") or []:
        resource = call.world.table(table).get(resource_id)
        if resource is None or resource.account_id != call.account_id:
            raise ApiError(
                "InvalidResourceId.NotFound", f"The ResourceId does not exist: {resource_id}.", 404
            )
        found.append(resource)
    return found


@action("ecs", "TagResources")
def tag_resources(call: Call) -> Members:
    """Put tags on resources of one type."""
    given = {tag["Key"]: tag.get("Value", "") for tag in call.get("Tag") or []}
    for resource in _resources(call):
        tags = resource.tags | given
        if len(tags) > MOST_TAGS:
            raise ApiError("NumberExceed.Tags", "The maximum number of Tags is exceeded.")
        call.world.table(type(resource)).put(replace(resource, tags=tags))
    return {}


@action("ecs", "UntagResources")
def untag_resources(call: Call) -> Members:
    """Take tags off; all of them on request."""
    keys = set(call.get("TagKey") or [])
    for resource in _resources(call):
        kept = {} if call.get("All") else {k: v for k, v in resource.tags.items() if k not in keys}
        call.world.table(type(resource)).put(replace(resource, tags=kept))
    return {}


@action("ecs", "ListTagResources")
def list_tag_resources(call: Call) -> Members:
    """Tags of the resources named."""
    key_field = {Instance: "instance_id", Disk: "disk_id", Image: "image_id"}
    listed = [
        {
            "ResourceId": getattr(resource, key_field[type(resource)]),
            "ResourceType": call.get("ResourceType"),
            "TagKey": key,
            "TagValue": value,
        }
        for resource in _resources(call)
        for key, value in resource.tags.items()
    ]
    return {"TagResources": {"TagResource": listed}}
